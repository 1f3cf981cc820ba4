import { gzipSync } from 'node:zlib';
import { rawRequest } from '../../support/raw-connection.js';
import { order, type Case } from './case.js';

/** A sale that would succeed, but for what is put in instead. */
const sale = (fields: string) =>
  order(`{"name":"GameStart","quantity":1,"type":"sell"${fields && `,${fields}`}}`);
const withType = (type: string) => order(JSON.stringify({ name: 'GameStart', quantity: 1, type }));
const withQuantity = (text: string) => order(`{"name":"GameStart","type":"sell","quantity":${text}}`);

export const bodies: Case[] = [
  { what: 'malformed JSON', bytes: order('{"name":"GameStart",'), codes: [400] },
  { what: 'text that is no JSON', bytes: order('buy one GameStart please'), codes: [400] },
  { what: 'a form', bytes: order('name=GameStart&quantity=1&type=sell'), codes: [400] },
  {
    what: 'JSON with a comment',
    bytes: order('{"name":"GameStart","quantity":1,"type":"sell"}//'),
    codes: [400],
  },
  { what: 'single quotes', bytes: order("{'name':'GameStart','quantity':1,'type':'sell'}"), codes: [400] },
  { what: 'an empty body', bytes: order('', { 'Content-Length': '0' }), codes: [400] },
  { what: 'no body and no length', bytes: rawRequest('POST', '/orders'), codes: [400] },
  { what: 'a body of blanks', bytes: order('   \n\t '), codes: [400] },
  { what: 'an array', bytes: order('[]'), codes: [400] },
  {
    what: 'an array of orders',
    bytes: order('[{"name":"GameStart","quantity":1,"type":"sell"}]'),
    codes: [400],
  },
  { what: 'null', bytes: order('null'), codes: [400] },
  { what: 'a number', bytes: order('42'), codes: [400] },
  { what: 'true', bytes: order('true'), codes: [400] },
  { what: 'a string', bytes: order('"GameStart"'), codes: [400] },
  { what: 'an empty object', bytes: order('{}'), codes: [400], message: 'name is missing' },
  {
    what: 'an order in an order',
    bytes: order('{"data":{"name":"GameStart","quantity":1,"type":"sell"}}'),
    codes: [400],
  },
  {
    what: 'bytes that are no UTF-8',
    bytes: order(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
    codes: [400],
  },
  {
    what: 'UTF-16',
    bytes: order(Buffer.from('{"name":"GameStart","quantity":1,"type":"sell"}', 'utf16le')),
    codes: [400],
  },
  {
    what: 'an unknown charset',
    bytes: order('{}', { 'Content-Type': 'application/json; charset=klingon' }),
    codes: [400, 415],
  },
  { what: 'a content type that is none', bytes: order('{}', { 'Content-Type': ';;;=' }), codes: [400] },
  {
    what: 'a multipart body',
    bytes: order('--x\r\n\r\n{}\r\n--x--', { 'Content-Type': 'multipart/form-data; boundary=x' }),
    codes: [400],
  },
  { what: '7,000 nested arrays', bytes: order('['.repeat(7_000) + ']'.repeat(7_000)), codes: [400] },
  { what: '14,000 arrays left open', bytes: order('['.repeat(14_000)), codes: [400] },
  {
    what: 'deep nesting in an unknown field',
    bytes: order(`{"x":${'['.repeat(7_000)}${']'.repeat(7_000)}}`),
    codes: [400],
  },
  {
    what: '2,000 nested objects',
    bytes: order(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`),
    codes: [400],
  },
  {
    what: 'gzip that is none',
    bytes: order('not gzip at all', { 'Content-Encoding': 'gzip' }),
    codes: [400],
  },
  {
    what: 'gzip that was cut',
    bytes: order(gzipSync('{"name":"GameStart"}').subarray(0, 20), { 'Content-Encoding': 'gzip' }),
    codes: [400],
  },
  {
    what: 'deflate that is none',
    bytes: order('not deflate', { 'Content-Encoding': 'deflate' }),
    codes: [400],
  },
  { what: 'an unknown encoding', bytes: order('{}', { 'Content-Encoding': 'rot13' }), codes: [415] },
  {
    what: 'a small gzip that unpacks to 20 MB',
    bytes: order(gzipSync(Buffer.alloc(20_000_000, ' ')), { 'Content-Encoding': 'gzip' }),
    codes: [413],
  },
  { what: 'a body of 2 MB', bytes: order(Buffer.alloc(2_000_000, ' ')), codes: [413] },
  { what: 'a body just over the limit', bytes: order(Buffer.alloc(64 * 1024 + 1, ' ')), codes: [413] },
  {
    what: 'a body of 2 MB in chunks',
    bytes: Buffer.concat([
      order('', { 'Transfer-Encoding': 'chunked' }),
      ...Array.from({ length: 20 }, () => Buffer.from(`186a0\r\n${' '.repeat(100_000)}\r\n`)),
      Buffer.from('0\r\n\r\n'),
    ]),
    codes: [413],
  },
];

export const fields: Case[] = [
  ...['null', '1', 'true', '[]', '{}', '["GameStart"]', '{"toString":"GameStart"}'].map((value) => ({
    what: `the name ${value}`,
    bytes: order(`{"name":${value},"quantity":1,"type":"sell"}`),
    codes: [400],
    message: 'name must be a string',
  })),
  ...['null', '1', 'true', '[]', '{}', '["sell"]'].map((value) => ({
    what: `the type ${value}`,
    bytes: order(`{"name":"GameStart","quantity":1,"type":${value}}`),
    codes: [400],
    message: 'type must be a string',
  })),
  ...[
    '1.5',
    '"1"',
    '""',
    'null',
    'true',
    '[1]',
    '{}',
    '1e309',
    '-1e309',
    '1e-7',
    '9007199254740993',
    '2147483648',
    '-2147483649',
  ].map((value) => ({
    what: `the quantity ${value}`,
    bytes: withQuantity(value),
    codes: [400],
    message: 'quantity must be a whole number of at most 2147483647',
  })),
  ...['NaN', 'Infinity', '01', '0x10', '+1', '.5', '1.', '1_000', 'undefined'].map((value) => ({
    what: `the quantity ${value}, which JSON does not know`,
    bytes: withQuantity(value),
    codes: [400],
  })),
  ...['-1', '-1e0', '-2147483647'].map((value) => ({
    what: `the quantity ${value}`,
    bytes: withQuantity(value),
    codes: [404],
    message: 'num stocks traded should be non negative',
  })),
  ...[
    '',
    'BUY',
    'sell ',
    ' sell',
    'sell\n',
    'sell\0',
    'term',
    'refused-buy',
    '__proto__',
    'constructor',
    'toString',
    'x'.repeat(2_000),
  ].map((type) => ({
    what: `the type ${JSON.stringify(type).slice(0, 30)}`,
    bytes: withType(type),
    codes: [404],
    message: 'invalid transaction type',
  })),
  {
    what: 'all of it under __proto__',
    bytes: order('{"__proto__":{"name":"GameStart","quantity":1,"type":"sell"}}'),
    codes: [400],
  },
  {
    what: 'the quantity under __proto__',
    bytes: order('{"name":"GameStart","type":"sell","__proto__":{"quantity":1}}'),
    codes: [400],
  },
  {
    what: 'all of it under constructor.prototype',
    bytes: order('{"constructor":{"prototype":{"name":"GameStart","quantity":1,"type":"sell"}}}'),
    codes: [400],
  },
  {
    what: 'fields named like methods',
    bytes: order('{"hasOwnProperty":1,"toString":1,"valueOf":1,"toJSON":1,"then":1}'),
    codes: [400],
    message: 'name is missing',
  },
  { what: 'the same field twice, the last one wrong', bytes: sale('"quantity":-1'), codes: [404] },
];
