import type { RouterContext } from '@koa/router';
import { code, message } from '../../shared/answer-codes.js';
import { dataBody, orderBody } from '../answers.js';
import { ApiError } from '../api-error.js';
import type { OrderCache } from '../order-cache.js';
import type { ExecutedOrder, OrderGateway } from '../order-gateway.js';
import { parseIdempotencyKey, parseLimit, parseOrder, parseTransactionNumber } from '../order-request.js';

const keyHeader = 'Idempotency-Key';

/** `POST /orders` */
export function postOrder(gateway: OrderGateway, mintOrderId: () => string) {
  return async (ctx: RouterContext): Promise<void> => {
    const orderId = parseIdempotencyKey(ctx.get(keyHeader)) ?? mintOrderId();
    const order = parseOrder(ctx.request.body);
    ctx.set(keyHeader, orderId);
    const answer = await gateway.submit({ ...order, orderId }, ctx.state.requestId);
    if (answer.code !== code.ok) {
      throw new ApiError(answer.code, answer.message);
    }
    ctx.type = 'application/json';
    ctx.body = dataBody({ transaction_number: answer.number });
  };
}

/** `GET /orders/:number` */
export function getOrder(gateway: OrderGateway, cache: OrderCache) {
  async function find(number: number): Promise<ExecutedOrder> {
    const answer = await gateway.query(number);
    if ('message' in answer) {
      throw new ApiError(answer.code, answer.message);
    }
    cache.put(answer.order);
    return answer.order;
  }

  return async (ctx: RouterContext): Promise<void> => {
    const number = parseTransactionNumber(ctx.params.number ?? '');
    if (!number) {
      throw new ApiError(code.notFound, message.orderNotFound);
    }
    const cached = cache.get(number);
    ctx.set('X-Cache', cached ? 'HIT' : cache.enabled ? 'MISS' : 'BYPASS');
    const order = cached ?? (await find(number));
    ctx.type = 'application/json';
    ctx.body = dataBody(orderBody(order));
  };
}

/** `GET /orders?limit=` newest first */
export function listOrders(gateway: OrderGateway) {
  return async (ctx: RouterContext): Promise<void> => {
    const orders = await gateway.newest(parseLimit(ctx.query.limit, 50, 1_000));
    if (!orders) {
      throw new ApiError(code.unavailable, 'no order replica answers, try again');
    }
    ctx.type = 'application/json';
    ctx.body = dataBody(orders.map(orderBody));
  };
}
