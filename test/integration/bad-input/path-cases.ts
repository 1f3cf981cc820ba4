import { rawRequest } from '../../support/raw-connection.js';
import { withName, type Case } from './case.js';

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

/** Names of stocks in the body. */
export const names: Case[] = oddNames.map((name) => ({
  what: `the name ${JSON.stringify(name).slice(0, 40)}`,
  bytes: withName(name),
  ...(name.isWellFormed()
    ? { codes: [404], message: 'invalid stock name' }
    : { codes: [400], message: 'name must be well-formed Unicode' }),
}));

export const paths: Case[] = [
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

export const methods: Case[] = [
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
