import type { IncomingMessage } from 'node:http';
import type { RouterContext } from '@koa/router';
import { code, message } from '../../shared/answer-codes.js';
import { systemClock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logger.js';
import { orderBody } from '../answers.js';
import { dataBody, headerList, keep, type ApiAnswer } from '../api-answer.js';
import { ApiError, errorBody } from '../api-error.js';
import { readJson } from '../body.js';
import type { Callers } from '../callers.js';
import { LeftAlone } from '../left-alone.js';
import type { OrderCache } from '../order-cache.js';
import type { OrderPages } from '../order-pages.js';
import type { ExecutedOrder, OrderGateway, QueryAnswer } from '../order-gateway.js';
import type { RequestTrace } from '../request-trace.js';
import {
  parseBefore,
  parseIdempotencyKey,
  parseLimit,
  parseOrder,
  parseTransactionNumber,
  refuseLateKey,
} from '../order-request.js';

/**
 * `POST /orders`. Whatever becomes of an order that could be sent, its answer says under which key.
 * @throws ApiError
 */
export type PostOrder = (request: IncomingMessage, trace: RequestTrace) => Promise<ApiAnswer>;

const leftAlone = new LeftAlone(systemClock);

const fullError = new ApiError(code.unavailable, message.queueFull);
const full = (retryAfterS: number): ApiAnswer => ({
  status: fullError.status,
  headers: { ...keep.never, 'Retry-After': String(retryAfterS) },
  body: errorBody(fullError.status, fullError.message),
});
/** By the seconds to wait; made when they are first asked for. */
const fullHeaders: string[][] = [];

/**
 * The answer to one order too many, before anything of it has been read: under overload most of the work is to refuse,
 * and what that takes is missing for those that were accepted.
 */
function fullAnswer(request: IncomingMessage): ApiAnswer {
  request.resume();
  const retryAfterS = leftAlone.add(request);
  const answer = full(retryAfterS);
  const headers = (fullHeaders[retryAfterS] ??= headerList(answer));
  const key = parseIdempotencyKey(request.headers['idempotency-key']);
  return { ...answer, prepared: key === undefined ? headers : [...headers, 'Idempotency-Key', key] };
}

export function postOrder(
  gateway: OrderGateway,
  callers: Callers,
  mintKey: () => string,
  logger: Pick<Logger, 'debug' | 'isLevelEnabled'>,
): PostOrder {
  return async (request, { requestId, traceparent }) => {
    if (gateway.isFull) {
      return fullAnswer(request);
    }
    const body = await readJson(request);
    refuseLateKey(request);
    const given = parseIdempotencyKey(request.headers['idempotency-key']);
    const { name, type, quantity } = parseOrder(body);
    const key = given ?? mintKey();
    const orderId = callers.orderId(request, key);
    const answer = await gateway.submit({ orderId, name, type, quantity }, requestId, traceparent);
    if (logger.isLevelEnabled('debug')) {
      const { code: answerCode, number, replica, term } = answer;
      logger.debug({ requestId, orderId, replica, term, code: answerCode, number }, 'order');
    }
    const headers = { 'Idempotency-Key': key, ...keep.never };
    if (answer.code !== code.ok) {
      throw new ApiError(answer.code, answer.message, { headers });
    }
    return { status: code.ok, headers, body: `{"data":{"transaction_number":${answer.number}}}` };
  };
}

/**
 * `GET /orders/:number`
 * @throws ApiError
 */
export type GetOrder = (number: string) => ApiAnswer | Promise<ApiAnswer>;

function orderAnswer(order: ExecutedOrder, use: string): ApiAnswer {
  return { status: code.ok, headers: { 'X-Cache': use, ...keep.forever }, body: dataBody(orderBody(order)) };
}

export function getOrder(gateway: OrderGateway, cache: OrderCache): GetOrder {
  const foundAnswer = (found: QueryAnswer): ApiAnswer => {
    const use = cache.enabled ? 'MISS' : 'BYPASS';
    if ('message' in found) {
      throw new ApiError(found.code, found.message, { headers: { 'X-Cache': use } });
    }
    cache.put(found.order);
    return orderAnswer(found.order, use);
  };

  return (parameter) => {
    const number = parseTransactionNumber(parameter);
    if (!number) {
      throw new ApiError(code.notFound, message.orderNotFound);
    }
    const cached = cache.get(number);
    return cached ? orderAnswer(cached, 'HIT') : gateway.query(number).then(foundAnswer);
  };
}

/** `GET /orders?limit=&before=`, newest first. Numbers are never given anew, so a page stays what it is. */
export function listOrders(pages: OrderPages) {
  return async ({ query }: Pick<RouterContext, 'query'>): Promise<ApiAnswer> =>
    pages.page(parseLimit(query.limit, 50, 1_000), parseBefore(query.before));
}
