// What the public REST interface offers, operation by operation, with examples. Each example is a whole request and
// its answer; a test sends them all. openapi.ts makes the document of it.
import { parameterSchemas, type answers } from './api-schemas.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  readonly schema: object;
}

export interface Example {
  readonly status: number;
  /** Values of parameters by name. */
  readonly send?: Readonly<Record<string, string | number>>;
  /** The body of the request. */
  readonly body?: object;
  /** The body of the answer; undefined: it has none. */
  readonly answer?: unknown;
}

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'delete';
  /** As in the document, `/stocks/{name}`. */
  readonly path: string;
  readonly tag: 'stocks' | 'orders' | 'operation' | 'documents' | 'page';
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  /** Name of the body's schema. */
  readonly takes?: 'OrderRequest';
  /** Name of the schema of its success, or the media type where it is no JSON. */
  readonly gives:
    keyof typeof answers | 'text/plain' | 'text/html' | 'text/event-stream' | 'file' | 'document';
  /** What each status means. */
  readonly statuses: Readonly<Record<number, string>>;
  /** Headers of its success, beside those of all answers. */
  readonly headers: readonly string[];
  /** By name. The order matters: the test sends them one after the other, to a system with the shipped catalog. */
  readonly examples: Readonly<Record<string, Example>>;
}

const error = (status: number, message: string) => ({ error: { code: status, message } });

const stockName: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'Name of the stock, as the catalog writes it',
  schema: { type: 'string' },
};
const fileName: Parameter = {
  name: 'file',
  in: 'path',
  required: true,
  description: 'Name of the file',
  schema: { type: 'string' },
};
const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETags of the states that the client has, or `*`',
  schema: { type: 'string' },
};
const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Names the order, not the request: the same key with the same body is executed at most once, however often it is ' +
    'sent. Without one the frontend makes one.',
  schema: parameterSchemas.idempotencyKey,
};

const notSent = 'Nobody who could answer is there; try again after `Retry-After`';
const catalogDown = { status: 503, answer: error(503, 'the catalog does not answer, try again') };
const gameStart = { data: { name: 'GameStart', price: 15.99, quantity: 100 } };
const gameStartTag = '"15.99-100"';
const buy = { name: 'GameStart', type: 'buy', quantity: 1 };

const listStocks: Operation = {
  id: 'listStocks',
  method: 'get',
  path: '/stocks',
  tag: 'stocks',
  summary: 'All stocks, by name',
  parameters: [ifNoneMatch],
  gives: 'StockListAnswer',
  statuses: { 200: 'All stocks', 304: 'The client has this state', 503: notSent },
  headers: ['ETag'],
  examples: {
    allStocks: {
      status: 200,
      answer: {
        data: [
          { name: 'AAPL', price: 189.95, quantity: 100 },
          { name: 'AMZN', price: 146.8, quantity: 100 },
          { name: 'BoarCo', price: 21.75, quantity: 100 },
          { name: 'GOOGL', price: 138.21, quantity: 100 },
          { name: 'GameStart', price: 15.99, quantity: 100 },
          { name: 'META', price: 332.06, quantity: 100 },
          { name: 'MenhirCo', price: 34.2, quantity: 100 },
          { name: 'NFLX', price: 477.19, quantity: 100 },
          { name: 'NVDA', price: 467.7, quantity: 100 },
          { name: 'RottenFishCo', price: 9.49, quantity: 100 },
        ],
      },
    },
    listUnchanged: { status: 304, send: { 'If-None-Match': '*' } },
    listUnavailable: catalogDown,
  },
};

const getStock: Operation = {
  id: 'getStock',
  method: 'get',
  path: '/stocks/{name}',
  tag: 'stocks',
  summary: 'One stock',
  description: 'Never older than an acknowledged trade, from the cache or not.',
  parameters: [stockName, ifNoneMatch],
  gives: 'StockAnswer',
  statuses: {
    200: 'The stock',
    304: 'The client has this state',
    404: 'There is no stock of that name',
    503: notSent,
  },
  headers: ['ETag', 'X-Cache', 'X-Stock-Version'],
  examples: {
    stock: { status: 200, send: { name: 'GameStart' }, answer: gameStart },
    stockUnchanged: {
      status: 304,
      send: { name: 'GameStart', 'If-None-Match': gameStartTag },
    },
    stockUnknown: { status: 404, send: { name: 'NoSuchCo' }, answer: error(404, 'stock not found') },
    stockUnavailable: { ...catalogDown, send: { name: 'NVDA' } },
  },
};

const postOrder: Operation = {
  id: 'postOrder',
  method: 'post',
  path: '/orders',
  tag: 'orders',
  summary: 'Buy from the exchange, or sell to it',
  description:
    'Answered when the order is on the disks. The body is read as JSON whatever its content type says, up to 16 KB.',
  parameters: [idempotencyKey],
  takes: 'OrderRequest',
  gives: 'TradeAnswer',
  statuses: {
    200: 'Executed',
    400: 'The body or the key is not well-formed; nothing was traded',
    404: 'Refused for good; it takes no number',
    413: 'The body is larger than 16 KB',
    415: 'The Content-Encoding is unknown',
    422: 'The key was used with another body',
    503: 'Not executed, or, if the message says so, of unknown outcome: send it again with the same key',
  },
  headers: ['Idempotency-Key'],
  examples: {
    buy: {
      status: 200,
      send: { 'Idempotency-Key': 'my-order-1' },
      body: buy,
      answer: { data: { transaction_number: 1 } },
    },
    again: {
      status: 200,
      send: { 'Idempotency-Key': 'my-order-1' },
      body: buy,
      answer: { data: { transaction_number: 1 } },
    },
    sell: {
      status: 200,
      body: { name: 'AAPL', type: 'sell', quantity: 2 },
      answer: { data: { transaction_number: 2 } },
    },
    anotherBody: {
      status: 422,
      send: { 'Idempotency-Key': 'my-order-1' },
      body: { ...buy, quantity: 2 },
      answer: error(422, 'Idempotency-Key was already used with another body'),
    },
    tooMany: {
      status: 404,
      body: { ...buy, quantity: 1000 },
      answer: error(404, 'not enough stocks left to buy'),
    },
    unknownStock: {
      status: 404,
      body: { ...buy, name: 'NoSuchCo' },
      answer: error(404, 'invalid stock name'),
    },
    unknownType: {
      status: 404,
      body: { ...buy, type: 'swap' },
      answer: error(404, 'invalid transaction type'),
    },
    negative: {
      status: 404,
      body: { ...buy, quantity: -1 },
      answer: error(404, 'num stocks traded should be non negative'),
    },
    withoutName: {
      status: 400,
      body: { type: 'buy', quantity: 1 },
      answer: error(400, 'name is missing'),
    },
    fraction: {
      status: 400,
      body: { ...buy, quantity: 1.5 },
      answer: error(400, 'quantity must be a whole number of at most 2147483647'),
    },
    noLeader: {
      status: 503,
      send: { 'Idempotency-Key': 'my-order-2' },
      body: buy,
      answer: error(503, 'no order replica can lead now, nothing was traded, try again'),
    },
  },
};

const listOrders: Operation = {
  id: 'listOrders',
  method: 'get',
  path: '/orders',
  tag: 'orders',
  summary: 'Executed orders, newest first, a page at a time',
  description: 'As long as there are older orders, `Link` with `rel="next"` leads to them.',
  parameters: [
    {
      name: 'limit',
      in: 'query',
      description: 'How many at the most',
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 50 },
    },
    {
      name: 'before',
      in: 'query',
      description: 'Only orders with a lower number',
      schema: parameterSchemas.transactionNumber,
    },
  ],
  gives: 'OrderListAnswer',
  statuses: { 200: 'A page', 400: 'limit or before is out of bounds', 503: notSent },
  headers: ['Link'],
  examples: {
    newest: {
      status: 200,
      send: { limit: 1 },
      answer: { data: [{ order_num: 2, name: 'AAPL', type: 'sell', quantity: 2 }] },
    },
    nextPage: {
      status: 200,
      send: { limit: 1, before: 2 },
      answer: { data: [{ order_num: 1, name: 'GameStart', type: 'buy', quantity: 1 }] },
    },
    limitTooHigh: {
      status: 400,
      send: { limit: 1001 },
      answer: error(400, 'limit must be a whole number from 1 to 1000'),
    },
    beforeTooLow: {
      status: 400,
      send: { before: 0 },
      answer: error(400, 'before must be a transaction number, 1 to 2147483647'),
    },
    noReplica: { status: 503, answer: error(503, 'no order replica answers, try again') },
  },
};

const getOrder: Operation = {
  id: 'getOrder',
  method: 'get',
  path: '/orders/{number}',
  tag: 'orders',
  summary: 'One executed order',
  parameters: [
    {
      name: 'number',
      in: 'path',
      required: true,
      description: 'Its transaction number',
      schema: parameterSchemas.transactionNumber,
    },
  ],
  gives: 'OrderAnswer',
  statuses: { 200: 'The order', 404: 'The number was not given out', 503: notSent },
  headers: ['X-Cache'],
  examples: {
    order: {
      status: 200,
      send: { number: 1 },
      answer: { data: { order_num: 1, name: 'GameStart', type: 'buy', quantity: 1 } },
    },
    orderUnknown: {
      status: 404,
      send: { number: 99 },
      answer: error(404, 'Transaction number not found'),
    },
    orderUnavailable: { ...catalogDown, send: { number: 99 } },
  },
};

const invalidateStock: Operation = {
  id: 'invalidateStock',
  method: 'delete',
  path: '/delete/{name}',
  tag: 'operation',
  summary: 'Drop a stock from the cache',
  description:
    'For the catalog, on the internal port. On the public port it is refused, unless both are set to the same.',
  parameters: [
    stockName,
    {
      name: 'version',
      in: 'query',
      description: 'Drop only states older than this, also such as are under way',
      schema: { type: 'integer', minimum: 0 },
    },
    {
      name: 'session',
      in: 'query',
      description: 'The cache session for which the catalog sends it',
      schema: { type: 'string' },
    },
  ],
  gives: 'InvalidationAnswer',
  statuses: {
    200: 'Dropped',
    400: 'The version is no whole number',
    403: 'This is the public port',
    409: 'This frontend does not hold that session',
  },
  headers: [],
  examples: {
    publicPort: {
      status: 403,
      send: { name: 'GameStart' },
      answer: error(403, 'only the catalog may invalidate the cache'),
    },
    internalPort: {
      status: 200,
      send: { name: 'GameStart' },
      answer: { code: 200, message: 'Cache invalidated' },
    },
    internalVersion: {
      status: 400,
      send: { name: 'GameStart', version: 'new' },
      answer: error(400, 'version must be a whole number'),
    },
    internalSession: {
      status: 409,
      send: { name: 'GameStart', version: 5, session: 'unknown' },
      answer: error(409, 'this frontend does not hold that session'),
    },
  },
};

const plain = { method: 'get', parameters: [], headers: [] } as const;

const statusOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getCluster',
    path: '/cluster',
    tag: 'operation',
    summary: 'Who leads, how far each replica is, and how the cache does',
    gives: 'ClusterAnswer',
    statuses: { 200: 'As last heard' },
    examples: {
      cluster: {
        status: 200,
        answer: {
          data: {
            leader_id: 3,
            term: 1,
            replicas: [
              {
                id: 3,
                role: 'leader',
                term: 1,
                last_transaction_num: 2,
                lag: 0,
                in_sync: true,
                ready: true,
                checksum: 'fa052d49',
                uptime_ms: 281314,
              },
            ],
            cache: { capacity: 5, size: 1, hits: 3, misses: 2, bypasses: 0, lease_live: true },
          },
        },
      },
    },
  },
  {
    ...plain,
    id: 'getHealth',
    path: '/healthz',
    tag: 'operation',
    summary: 'The process runs',
    gives: 'StatusAnswer',
    statuses: { 200: 'It does' },
    examples: { healthy: { status: 200, answer: { data: { status: 'ok' } } } },
  },
  {
    ...plain,
    id: 'getReadiness',
    path: '/readyz',
    tag: 'operation',
    summary: 'A trade would succeed',
    gives: 'StatusAnswer',
    statuses: { 200: 'It would', 503: 'It would not' },
    examples: {
      ready: { status: 200, answer: { data: { status: 'ready' } } },
      notReady: { status: 503, answer: error(503, 'there is no order leader') },
    },
  },
  {
    ...plain,
    id: 'getMetrics',
    path: '/metrics',
    tag: 'operation',
    summary: 'Metrics for Prometheus',
    gives: 'text/plain',
    statuses: { 200: 'In the text format 0.0.4' },
    examples: { metrics: { status: 200, answer: '# TYPE stock_leader_id gauge\nstock_leader_id 3\n' } },
  },
];

const documentOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getOpenApi',
    path: '/openapi.json',
    tag: 'documents',
    summary: 'This document',
    gives: 'document',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'OpenAPI 3.1', 304: 'The client has this state' },
    examples: { documentUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
  {
    ...plain,
    id: 'getDocs',
    path: '/docs',
    tag: 'documents',
    summary: 'This document, for people',
    gives: 'text/html',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'A page without scripts', 304: 'The client has this state' },
    examples: { pageUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
];

const pageOperations: readonly Operation[] = [
  {
    ...plain,
    id: 'getPage',
    path: '/',
    tag: 'page',
    summary: 'The page that shows the system live',
    gives: 'text/html',
    parameters: [ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'It', 304: 'The client has this state' },
    examples: { livePageUnchanged: { status: 304, send: { 'If-None-Match': '*' } } },
  },
  {
    ...plain,
    id: 'getPageFile',
    path: '/dashboard/{file}',
    tag: 'page',
    summary: 'A script, style or picture of the page',
    gives: 'file',
    parameters: [fileName, ifNoneMatch],
    headers: ['ETag'],
    statuses: { 200: 'It', 304: 'The client has this state', 404: 'The page has no such file' },
    examples: {
      fileUnchanged: { status: 304, send: { file: 'style.css', 'If-None-Match': '*' } },
      noSuchFile: {
        status: 404,
        send: { file: 'none.js' },
        answer: error(404, 'there is no such file'),
      },
    },
  },
  {
    ...plain,
    id: 'getEvents',
    path: '/events',
    tag: 'page',
    summary: 'What happens, as Server-Sent Events',
    description:
      'First `state`, everything that the page shows; then `update`, what has changed, up to four times a second. Made ' +
      'for the page: what is in them may change with it.',
    gives: 'text/event-stream',
    statuses: { 200: 'The stream', 503: 'Too many pages are open' },
    examples: {},
  },
];

export const operations: readonly Operation[] = [
  listStocks,
  getStock,
  postOrder,
  listOrders,
  getOrder,
  invalidateStock,
  ...statusOperations,
  ...documentOperations,
  ...pageOperations,
];
