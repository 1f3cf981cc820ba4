// Whatever is thrown at the public port: the answer has the error shape, the process lives, the connection is usable
// where HTTP allows it, and nothing is traded.
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { RawConnection, rawRequest, type RawAnswer } from '../support/raw-connection.js';
import { System } from '../support/system.js';

type Connection = 'usable afterwards' | 'closed afterwards' | 'either';

interface Case {
  readonly what: string;
  readonly bytes: Buffer | string;
  readonly codes: readonly number[];
  readonly message?: string;
  readonly connection?: Connection;
  /** Nothing follows: the client ends its side. */
  readonly ends?: boolean;
}

const order = (body: string | Buffer, headers: Record<string, string> = {}) =>
  rawRequest('POST', '/orders', { 'Content-Type': 'application/json', ...headers }, body);

/** A sale that would succeed, but for what is put in instead. */
const sale = (fields: string) =>
  order(`{"name":"GameStart","quantity":1,"type":"sell"${fields && `,${fields}`}}`);
const withName = (name: string) => order(JSON.stringify({ name, quantity: 1, type: 'sell' }));
const withType = (type: string) => order(JSON.stringify({ name: 'GameStart', quantity: 1, type }));
const withQuantity = (text: string) => order(`{"name":"GameStart","type":"sell","quantity":${text}}`);
const withKey = (key: string) =>
  order('{"name":"GameStart","quantity":1,"type":"sell"}', { 'Idempotency-Key': key });

const bodies: Case[] = [
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

const fields: Case[] = [
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

const oddNames = [
  '',
  ' ',
  '.',
  '..',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'GameStart\0',
  'Game\0Start',
  'GameStart\n',
  'Game\r\nStart',
  'Game,Start',
  '"GameStart"',
  "GameStart'--",
  'GameStart,sell,1\n2,AAPL',
  '=cmd()',
  '📈🚀',
  'ＧａｍｅＳｔａｒｔ',
  'Game\u202eStart',
  'G\u0061\u0301meStart',
  '<script>alert(1)</script>',
  '${name}',
  '../../etc/passwd',
  'x'.repeat(2_000),
  '\ud800',
  'GameStart\udfff',
  '\udc00\ud800',
];
const names: Case[] = oddNames.map((name) => ({
  what: `the name ${JSON.stringify(name).slice(0, 40)}`,
  bytes: withName(name),
  ...(name.isWellFormed()
    ? { codes: [404], message: 'invalid stock name' }
    : { codes: [400], message: 'name must be well-formed Unicode' }),
}));

const paths: Case[] = [
  ...oddNames
    .filter((name) => !/\p{Surrogate}/u.test(name))
    .filter((name) => !['', '.', '..'].includes(name))
    .map((name) => ({
      what: `GET of the stock ${JSON.stringify(name).slice(0, 40)}`,
      bytes: rawRequest('GET', `/stocks/${encodeURIComponent(name)}`),
      codes: [404],
      message: 'stock not found',
    })),
  ...[
    '%zz',
    '%',
    '%2',
    '%00',
    '%2F',
    '%2e%2e',
    '%c0%af',
    '%ff',
    '%ed%a0%80',
    '%252F',
    'a;b',
    'a=b',
    '..',
    '.',
    '*',
  ].map((path) => ({
    what: `GET /stocks/${path}`,
    bytes: rawRequest('GET', `/stocks/${path}`),
    codes: [400, 404],
  })),
  ...['%zz', '%', '%00', '%2F', '..', '1%00', '1/', '１', '-0', '+1', '1,2', 'NaN', '__proto__'].map(
    (path) => ({
      what: `GET /orders/${path}9`,
      bytes: rawRequest('GET', `/orders/${encodeURI(path).replaceAll('%25', '%')}9`),
      codes: [400, 404],
    }),
  ),
  ...[
    '/..',
    '/../../etc/passwd',
    '/stocks/../orders/x',
    '//x',
    '///stocks',
    '/%zz',
    '/%00',
    '/stocks//',
    '/.git/config',
    '*',
  ].map((path) => ({ what: `GET ${path}`, bytes: rawRequest('GET', path), codes: [400, 404] })),
  {
    what: 'a path of 8,000 characters',
    bytes: rawRequest('GET', `/stocks/${'x'.repeat(8_000)}`),
    codes: [404],
  },
  {
    what: 'bytes in the path that are no ASCII',
    bytes: rawRequest('GET', '/stocks/📈'),
    codes: [400, 404],
    connection: 'either',
  },
  {
    what: 'a path that is a URL of another host',
    bytes: rawRequest('GET', 'http://example.com/nowhere'),
    codes: [404],
  },
  {
    what: 'a thousand query parameters',
    bytes: rawRequest('GET', `/nowhere?${'a=1&'.repeat(1_000)}`),
    codes: [404],
  },
  { what: 'a limit named twice', bytes: rawRequest('GET', '/orders?limit=1&limit=2'), codes: [400] },
  { what: 'a limit that is %zz', bytes: rawRequest('GET', '/orders?limit=%zz'), codes: [400] },
  {
    what: '__proto__ in the query',
    bytes: rawRequest('GET', '/orders?__proto__[limit]=1&limit=x'),
    codes: [400],
  },
];

const methods: Case[] = [
  ...['PUT', 'PATCH', 'DELETE', 'PROPFIND', 'MKCOL', 'TRACE', 'PURGE', 'M-SEARCH'].flatMap((method) => [
    { what: `${method} /orders`, bytes: rawRequest(method, '/orders'), codes: [405] },
    { what: `${method} /stocks/GameStart`, bytes: rawRequest(method, '/stocks/GameStart'), codes: [405] },
    { what: `${method} /nowhere`, bytes: rawRequest(method, '/nowhere'), codes: [404] },
  ]),
  { what: 'DELETE of the cache', bytes: rawRequest('DELETE', '/delete/GameStart'), codes: [403] },
  { what: 'POST to the cache', bytes: rawRequest('POST', '/delete/GameStart'), codes: [405] },
  { what: 'DELETE of %zz', bytes: rawRequest('DELETE', '/delete/%zz'), codes: [400, 403] },
  // Node's parser knows the registered methods only.
  ...['FOO', 'get', 'G', '', '\u{1F4C8}'].map((method) => ({
    what: `the method "${method}"`,
    bytes: rawRequest(method, '/orders'),
    codes: [400, 405, 501],
    connection: 'either' as const,
  })),
];

const keys: Case[] = [
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

const twoKeys = order('{"name":"GameStart","quantity":1,"type":"sell"}', {
  'Idempotency-Key': 'a\r\nIdempotency-Key: b',
});

const sales = '{"name":"GameStart","quantity":1,"type":"sell"}';
const protocol: Case[] = [
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

describe('bad input', function () {
  this.timeout(30_000);
  let system: System;
  let journal: Buffer;

  const port = () => system.environment.FRONTEND_PORT as string;
  const journalFile = async () => {
    await system.viewed();
    return readFile(join(system.dataDirectory, 'catalog', 'journal.csv'));
  };
  /** When the frontend's process began, by its own account. */
  const startTime = async () =>
    /^process_start_time_seconds (\S+)/m.exec((await system.client.send({ path: '/metrics' })).text)?.[1];
  let started: string | undefined;

  before(async () => {
    // A busy machine must not cause an election here.
    system = await System.start({ HEARTBEAT_TIMEOUT_MS: '2000' });
    const first = await system.client.send({
      method: 'POST',
      path: '/orders',
      body: { name: 'GameStart', quantity: 1, type: 'sell' },
    });
    expect(first.status).to.equal(200);
    journal = await journalFile();
    started = await startTime();
  });

  after(async function () {
    if (this.test?.parent?.suites.some(({ tests }) => tests.some(({ state }) => state === 'failed'))) {
      console.log(system.output);
    }
    await system.close();
  });

  function expectErrorShape(answer: RawAnswer, { codes, message }: Case): void {
    expect(answer.status, answer.text.slice(0, 200)).to.be.oneOf([...codes]);
    expect(answer.headers['content-type'] ?? 'no content type').to.match(/^application\/json/);
    const body = JSON.parse(answer.text) as { error: { code: number; message: string } };
    expect(Object.keys(body)).to.deep.equal(['error']);
    expect(Object.keys(body.error)).to.deep.equal(['code', 'message']);
    expect(body.error.code).to.equal(answer.status);
    expect(body.error.message).to.be.a('string').with.length.within(1, 200);
    if (message !== undefined) {
      expect(body.error.message).to.equal(message);
    }
    if (answer.status === 405) {
      expect(answer.headers.allow, 'Allow').to.match(/^[A-Z]+(, [A-Z]+)*$/);
    }
  }

  const lookup = () => rawRequest('GET', '/stocks/GameStart');
  const expected = '{"data":{"name":"GameStart","price":15.99,"quantity":101}}';

  async function expectUsable(connection: RawConnection): Promise<void> {
    const { status, text } = await connection.send(lookup()).answer();
    expect(`${status} ${text}`, 'the same connection, afterwards').to.equal(`200 ${expected}`);
  }

  function stories(title: string, cases: readonly Case[]): void {
    describe(title, () => {
      for (const bad of cases) {
        it(`${bad.what}: ${bad.codes.join(' or ')}`, async () => {
          const connection = await RawConnection.open(port());
          try {
            connection.send(bad.bytes);
            if (bad.ends) {
              connection.endSending();
            }
            expectErrorShape(await connection.answer(), bad);
            const { connection: fate = 'usable afterwards' } = bad;
            if (fate === 'usable afterwards') {
              await expectUsable(connection);
            } else if (fate === 'closed afterwards') {
              expect(await connection.closes(), 'closed by the server').to.equal(true);
            }
          } finally {
            connection.close();
          }
          const { status, text } = await system.client.send({ path: '/stocks/GameStart' });
          expect(`${status} ${text}`, 'another connection').to.equal(`200 ${expected}`);
        });
      }
    });
  }

  stories('in the body of an order', bodies);
  stories('in the fields of an order', fields);
  stories('in the name of a stock', names);
  stories('in the path', paths);
  stories('in the method', methods);
  stories('in the Idempotency-Key', keys);
  stories('in the protocol', protocol);

  describe('at the other ports', () => {
    const others = ['FRONTEND_INTERNAL_PORT', 'CATALOG_PORT', 'ORDER_1_PORT', 'ORDER_2_PORT', 'ORDER_3_PORT'];
    const garbage = [
      Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]),
      rawRequest('POST', '/OrderService/Order', {}, 'x'.repeat(100_000)),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot a frame at all, and then some more of the same'),
    ];
    for (const setting of others) {
      it(`survives garbage at ${setting}`, async () => {
        for (const bytes of garbage) {
          const connection = await RawConnection.open(system.environment[setting] as string);
          connection.send(bytes).endSending();
          expect(await connection.closes(5_000), 'closed by the server').to.equal(true);
          connection.close();
        }
      });
    }

    it('answers a bad path on the internal port with the error shape', async () => {
      const cases: Case[] = [
        { what: '%zz', bytes: rawRequest('DELETE', '/delete/%zz?version=x'), codes: [400, 404] },
        {
          what: 'two versions',
          bytes: rawRequest('DELETE', '/delete/GameStart?version=1&version=2'),
          codes: [400],
        },
        {
          what: 'a foreign session',
          bytes: rawRequest('DELETE', '/delete/GameStart?version=1&session=x.1'),
          codes: [409],
        },
        { what: 'PUT', bytes: rawRequest('PUT', '/delete/GameStart'), codes: [405] },
      ];
      const connection = await RawConnection.open(system.environment.FRONTEND_INTERNAL_PORT as string);
      for (const bad of cases) {
        expectErrorShape(await connection.send(bad.bytes).answer(), bad);
      }
      connection.close();
    });
  });

  it('lets nobody wait for an order that cannot be put on the wire', async () => {
    const broken = Array.from({ length: 4 }, () =>
      RawConnection.open(port()).then((c) => c.send(withName('\ud800'))),
    );
    const connections = await Promise.all(broken);
    const startMs = performance.now();
    const others = await Promise.all(
      Array.from({ length: 40 }, () =>
        system.client.send({
          method: 'POST',
          path: '/orders',
          body: { name: 'GameStart', quantity: -1, type: 'buy' },
        }),
      ),
    );
    const tookMs = performance.now() - startMs;
    connections.forEach((connection) => connection.close());
    expect(others.map(({ status }) => status)).to.deep.equal(others.map(() => 404));
    expect(tookMs).to.be.below(2_000);
  });

  it('answers requests that come all at once, in their order, and drops what follows a bad one', async () => {
    const connection = await RawConnection.open(port());
    const wrong = order('{"name":"GameStart"}');
    connection.send(
      Buffer.concat([lookup(), wrong, lookup(), order(sales, { 'Content-Length': '-1' }), lookup()]),
    );
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) {
      statuses.push((await connection.answer()).status);
    }
    expect(statuses).to.deep.equal([200, 400, 200, 400]);
    expect(await connection.closes()).to.equal(true);
    connection.close();
  });

  it('survives clients that leave in the middle', async () => {
    const connections = await Promise.all(Array.from({ length: 50 }, () => RawConnection.open(port())));
    connections.forEach((connection, index) => {
      connection.send(
        index % 2 === 0 ? 'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"na' : 'GET /sto',
      );
    });
    connections.forEach((connection) => connection.close());
    await expectUsable(await RawConnection.open(port()));
  });

  describe('after all that', () => {
    it('is still the same process, and has seen no error of its own', async () => {
      expect(await startTime()).to.equal(started);
      expect(system.output).not.to.include('failed unexpectedly');
      expect(system.output).not.to.include('no longer the leader');
    });

    it('has not written a byte to the journal, and trades under the next number', async () => {
      expect((await journalFile()).equals(journal), 'journal.csv unchanged').to.equal(true);
      const next = await system.client.send({
        method: 'POST',
        path: '/orders',
        body: { name: 'GameStart', quantity: 1, type: 'buy' },
      });
      expect(next.text).to.equal('{"data":{"transaction_number":2}}');
    });
  });
});
