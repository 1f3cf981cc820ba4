import { catalogDown, error, ifNoneMatch, notSent, type Operation, type Parameter } from './operation.js';

const stockName: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'Name of the stock, as the catalog writes it',
  schema: { type: 'string' },
};

const gameStart = { data: { name: 'GameStart', price: 15.99, quantity: 100 } };
const gameStartTag = '"15.99-100"';

export const listStocks: Operation = {
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

export const getStock: Operation = {
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

export const invalidateStock: Operation = {
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
