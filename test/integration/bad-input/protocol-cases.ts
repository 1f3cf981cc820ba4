import { rawRequest } from '../../support/raw-connection.js';
import { order, sales, type Case } from './case.js';

const withKey = (key: string) => order(sales, { 'Idempotency-Key': key });

export const keys: Case[] = [
  '',
  '   ',
  '\t',
  '""',
  '"in-quotes"',
  '_x',
  'two words',
  '-starts-with-a-dash',
  '.x',
  ':x',
  'a,b',
  'a"b',
  'a/b',
  'a\tb',
  'a=b',
  'ä',
  '{}',
  'x'.repeat(65),
  'x'.repeat(2_000),
].map((key) => ({ what: `the Idempotency-Key "${key.slice(0, 30)}"`, bytes: withKey(key), codes: [400] }));

const twoKeys = order(sales, {
  'Idempotency-Key': 'a\r\nIdempotency-Key: b',
});

export const protocol: Case[] = [
  { what: 'two Idempotency-Keys', bytes: twoKeys, codes: [400], connection: 'either' },
  {
    what: 'garbage bytes',
    bytes: Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a TLS greeting',
    bytes: Buffer.from('16030100a5010000a10303', 'hex'),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a gRPC greeting',
    bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    codes: [400, 505],
    connection: 'closed afterwards',
  },
  { what: 'a line of text', bytes: 'hello?\r\n\r\n', codes: [400], connection: 'closed afterwards' },
  {
    what: 'a version that does not exist',
    bytes: 'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    codes: [400, 505],
    connection: 'closed afterwards',
  },
  { what: 'no Host', bytes: 'GET /stocks/GameStart HTTP/1.1\r\n\r\n', codes: [400], connection: 'either' },
  {
    what: 'a header without a name',
    bytes: 'GET /stocks/GameStart HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n',
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a NUL in a header',
    bytes: 'GET /stocks/GameStart HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n',
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'headers of 64 KB',
    bytes: rawRequest('GET', '/stocks/GameStart', { 'X-Large': 'x'.repeat(65_536) }),
    codes: [431],
    connection: 'closed afterwards',
  },
  {
    what: 'headers of 20 KB on a POST',
    bytes: order(
      sales,
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`X-${index}`, 'x'.repeat(100)])),
    ),
    codes: [431],
    connection: 'closed afterwards',
  },
  {
    what: 'an expectation that is none of ours',
    bytes: order(sales, { Expect: 'the-unexpected' }),
    codes: [417],
    connection: 'either',
  },
  {
    what: 'a body shorter than its Content-Length',
    bytes: order(sales, { 'Content-Length': '500' }),
    codes: [400],
    connection: 'closed afterwards',
    ends: true,
  },
  {
    what: 'a body longer than its Content-Length',
    bytes: order(sales, { 'Content-Length': '10' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a Content-Length that is none',
    bytes: order(sales, { 'Content-Length': 'many' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a negative Content-Length',
    bytes: order(sales, { 'Content-Length': '-5' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'two different Content-Lengths',
    bytes: order(sales, { 'Content-Length': '47\r\nContent-Length: 3' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'Content-Length and chunks',
    bytes: order(sales, { 'Content-Length': '47', 'Transfer-Encoding': 'chunked' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a chunk whose size is none',
    bytes: Buffer.concat([
      order('', { 'Transfer-Encoding': 'chunked' }),
      Buffer.from('zz\r\n{}\r\n0\r\n\r\n'),
    ]),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'chunks and a second transfer encoding',
    bytes: order(sales, { 'Transfer-Encoding': 'chunked, identity' }),
    codes: [400, 501],
    connection: 'closed afterwards',
  },
  {
    what: 'a transfer encoding twice, the last one unknown',
    bytes: order(sales, { 'Transfer-Encoding': 'chunked\r\nTransfer-Encoding: rot13' }),
    codes: [400, 501],
    connection: 'closed afterwards',
  },
  {
    what: 'a transfer encoding behind a control character',
    bytes: order(sales, { 'Transfer-Encoding': '\x0bchunked' }),
    codes: [400, 501],
    connection: 'closed afterwards',
  },
  {
    what: 'a blank between the name of a header and its colon',
    bytes: order(sales, { 'Transfer-Encoding ': 'chunked' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a header that goes on in the next line',
    bytes: order(sales, { 'X-Folded': 'a\r\n Transfer-Encoding: chunked' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a Content-Length with a sign',
    bytes: order(sales, { 'Content-Length': '+47' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a Content-Length that is a list',
    bytes: order(sales, { 'Content-Length': '47, 47' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a Content-Length in hexadecimal',
    bytes: order(sales, { 'Content-Length': '0x2f' }),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a chunk that is longer than it says',
    bytes: Buffer.concat([
      order('', { 'Transfer-Encoding': 'chunked' }),
      Buffer.from('2\r\n{}POST /orders HTTP/1.1\r\n\r\n0\r\n\r\n'),
    ]),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'a chunk of negative size',
    bytes: Buffer.concat([
      order('', { 'Transfer-Encoding': 'chunked' }),
      Buffer.from('-2\r\n{}\r\n0\r\n\r\n'),
    ]),
    codes: [400],
    connection: 'closed afterwards',
  },
  {
    what: 'an unknown transfer encoding',
    bytes: order(sales, { 'Transfer-Encoding': 'rot13' }),
    codes: [400, 501],
    connection: 'closed afterwards',
  },
  {
    what: 'an absurd Content-Length',
    bytes: order('{}', { 'Content-Length': '99999999999' }),
    codes: [413],
    connection: 'either',
  },
];
