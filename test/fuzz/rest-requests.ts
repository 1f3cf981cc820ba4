// Requests that the public port must survive: well-formed ones with odd contents, and bytes that were one once.
import { gzipSync } from 'node:zlib';
import { randomInteger, type Random } from '../../src/cli/seeded-random.js';
import { rawRequest } from '../support/raw-connection.js';
import { chance, edgeNumbers, mutate, oddText, pick } from './mutate.js';

export interface FuzzRequest {
  readonly bytes: Buffer;
  /** Well-formed: an answer must come, and the connection be usable unless it says that it closes. */
  readonly isWhole: boolean;
  /** The answer has no body, whatever its head says. */
  readonly isHead: boolean;
}

const fields = ['name', 'type', 'quantity'] as const;

function oddValue(random: Random, depth = 0): unknown {
  const kinds = depth > 2 ? 4 : 6;
  switch (randomInteger(random, 0, kinds - 1)) {
    case 0:
      return oddText(random);
    case 1:
      return pick(random, edgeNumbers);
    case 2:
      return pick(random, [null, true, false]);
    case 3:
      return pick(random, ['buy', 'sell', 1, 2]);
    case 4:
      return Array.from({ length: randomInteger(random, 0, 3) }, () => oddValue(random, depth + 1));
    default:
      return Object.fromEntries([[oddText(random), oddValue(random, depth + 1)]]);
  }
}

/** Most of them could be orders but for one thing: the stock, which nobody has. */
function orderText(random: Random): string {
  const order: Record<string, unknown> = {
    name: 'NoSuchStock',
    type: pick(random, ['buy', 'sell']),
    quantity: 1,
  };
  if (chance(random, 0.7)) {
    order[pick(random, fields)] = oddValue(random);
  }
  if (chance(random, 0.2)) {
    delete order[pick(random, fields)];
  }
  if (chance(random, 0.2)) {
    order[oddText(random)] = oddValue(random);
  }
  return JSON.stringify(order);
}

function segment(random: Random): string {
  return pick(random, [
    () => encodeURIComponent(oddText(random).toWellFormed()),
    () => String(pick(random, edgeNumbers)),
    () => pick(random, ['%', '%zz', '%c0%af', '..', '.', '', 'a;b', '%2F', '%00', '1%00', '%F0%9F%93%88']),
  ])();
}

const roots = ['/stocks/', '/orders/', '/delete/', '/dashboard/', '/', '/stocks/x/', '//'];
const plain = [
  '/stocks',
  '/orders',
  '/cluster',
  '/healthz',
  '/readyz',
  '/metrics',
  '/docs',
  '/openapi.json',
  '/',
  '*',
];

function path(random: Random): string {
  const base = chance(random, 0.6) ? pick(random, roots) + segment(random) : pick(random, plain);
  if (chance(random, 0.7)) {
    return base;
  }
  const name = pick(random, ['limit', 'before', 'version', 'session', segment(random)]);
  return `${base}?${name}=${segment(random)}`;
}

/** Text that a header may have, as Node's parser sees it. */
const headerText = (random: Random): string => oddText(random).replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '');

function headers(random: Random): Record<string, string> {
  const names = [
    'Idempotency-Key',
    'X-Request-ID',
    'If-None-Match',
    'Accept',
    'Content-Type',
    'Origin',
    'Authorization',
  ];
  const own: Record<string, string> = {};
  while (chance(random, 0.5)) {
    own[pick(random, names)] = headerText(random);
  }
  if (chance(random, 0.05)) {
    own.Connection = pick(random, ['close', 'keep-alive', headerText(random) || 'x']);
  }
  return own;
}

function body(random: Random, own: Record<string, string>): Buffer {
  const text = Buffer.from(orderText(random));
  if (chance(random, 0.05)) {
    own['Content-Encoding'] = pick(random, ['gzip', 'deflate', 'br', 'identity', 'x']);
    return chance(random, 0.5) ? gzipSync(text) : text;
  }
  return chance(random, 0.3) ? mutate(random, text) : text;
}

function whole(random: Random): FuzzRequest {
  const own = headers(random);
  if (chance(random, 0.6)) {
    return { bytes: rawRequest('POST', '/orders', own, body(random, own)), isWhole: true, isHead: false };
  }
  const method = pick(random, ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'POST']);
  return { bytes: rawRequest(method, path(random), own), isWhole: true, isHead: method === 'HEAD' };
}

/** The request of a number, always the same. */
export function fuzzRequest(random: Random): FuzzRequest {
  const request = whole(random);
  return chance(random, 0.8)
    ? request
    : { bytes: mutate(random, request.bytes), isWhole: false, isHead: request.isHead };
}
