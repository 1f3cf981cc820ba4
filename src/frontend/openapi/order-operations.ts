import { catalogDown, error, notSent, type Operation, type Parameter } from './operation.js';
import { parameterSchemas } from './schemas.js';

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Names the order, not the request: the same key with the same body is executed at most once, however often it is ' +
    'sent. Without one the frontend makes one.',
  schema: parameterSchemas.idempotencyKey,
};

const origin: Parameter = {
  name: 'Origin',
  in: 'header',
  description:
    'Set by browsers: the origin of the page that sends the order. It must be the one that was asked, by address, as ' +
    'localhost or under a name in ALLOWED_HOSTS, or one in CORS_ORIGINS.',
  schema: { type: 'string' },
};

const buy = { name: 'GameStart', type: 'buy', quantity: 1 };

export const postOrder: Operation = {
  id: 'postOrder',
  method: 'post',
  path: '/orders',
  tag: 'orders',
  summary: 'Buy from the exchange, or sell to it',
  description:
    'Answered when the order is on the disks. The body is read as JSON whatever its content type says, up to 16 KiB.',
  parameters: [idempotencyKey, origin],
  takes: 'OrderRequest',
  gives: 'TradeAnswer',
  statuses: {
    200: 'Executed',
    400: 'The body or the key is not well-formed; nothing was traded',
    403: 'A page of another origin sent it, or one under a name that is not ours; nothing was traded',
    404: 'Refused for good; it takes no number',
    413: 'The body is larger than 16 KiB',
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
    foreignPage: {
      status: 403,
      send: { Origin: 'null' },
      body: buy,
      answer: error(
        403,
        'a page without an origin, such as a file, may not do this; only CORS_ORIGINS=* allows it',
      ),
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

export const listOrders: Operation = {
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

export const getOrder: Operation = {
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
  statuses: { 200: 'The order', 404: 'No order has this number', 503: notSent },
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
