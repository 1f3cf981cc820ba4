// An order replica over gRPC: wire messages in and out, nothing else.
import type { ServiceImplementation } from 'nice-grpc';
import type {
  GetOrderDetailsRequest,
  GetOrderDetailsResponse,
  OrderRequest,
  OrderResponse,
  OrderService,
  ReplicateBatch,
  ReplicateBatchResult,
} from '#services';
import { code } from '../shared/answer-codes.js';
import { listFraming, serveBatches, singleFraming } from '../shared/batch-stream.js';
import { orderIdPattern } from '../shared/domain.js';
import type { Logger } from '../shared/logger.js';
import type { OrderTraces } from '../shared/order-traces.js';
import { orderIds } from '../shared/trade-line.js';
import { asBuffer, toOrderDetails } from '../shared/wire.js';
import type { OrderLog } from './order-log.js';
import type { QueryAnswer } from './order-query.js';
import type { Replica } from './replica.js';

const maxPage = 10_000;
const maxList = 1_000;

/** Answers that a stream may pack into one message. */
const maxFrameItems = 512;

function detailsMessage(answer: QueryAnswer, requestId: number): GetOrderDetailsResponse {
  if (answer.code !== code.ok) {
    const nothing = { transactionNum: 0, name: '', volumeTraded: 0, type: '' };
    return { ...nothing, code: answer.code, message: answer.message, requestId };
  }
  const { number: transactionNum, name, quantity: volumeTraded, type } = answer.trade;
  return { code: code.ok, message: '', transactionNum, name, volumeTraded, type, requestId };
}

/** Who looks at the orders that come and go. */
export interface OrderWatch {
  readonly logger: Pick<Logger, 'debug' | 'isLevelEnabled'>;
  readonly traces?: OrderTraces | undefined;
  /** Where request ids are kept by order id as long as the order is under way, for logs elsewhere; none: they are not. */
  readonly requestIds?: Map<string, string> | undefined;
}

async function submitOrder(
  replica: Replica,
  request: OrderRequest,
  orderId: string,
  { logger, traces, requestIds }: OrderWatch,
): Promise<OrderResponse> {
  const { requestId, name, type, numberOfItems: quantity } = request;
  const span = traces?.begin('OrderService/Order', orderId, request.traceparent, { 'stock.name': name });
  requestIds?.set(orderId, request.traceId);
  const answer = orderIdPattern.test(orderId)
    ? await replica.submit({ orderId, name, type, quantity })
    : { code: code.badRequest, message: 'order_id is not valid', number: 0 };
  const { leaderId, term } = replica.leadership;
  span?.end(answer.code, { 'order.number': answer.number, 'order.term': term });
  if (logger.isLevelEnabled('debug')) {
    requestIds?.delete(orderId);
    const { code: answerCode, number } = answer;
    const { id } = replica.status;
    logger.debug(
      { requestId: request.traceId, orderId, replica: id, term, code: answerCode, number },
      'order',
    );
  }
  return {
    transactionNum: answer.number,
    code: answer.code,
    message: answer.message,
    orderId,
    requestId,
    leaderId,
    term,
  };
}

function orderDetails(
  replica: Replica,
  request: GetOrderDetailsRequest,
): GetOrderDetailsResponse | Promise<GetOrderDetailsResponse> {
  const answer = replica.query(request.transactionNum);
  return answer instanceof Promise
    ? answer.then((late) => detailsMessage(late, request.requestId))
    : detailsMessage(answer, request.requestId);
}

async function replicateBatch(
  replica: Replica,
  batch: ReplicateBatch,
  { logger, traces }: OrderWatch,
): Promise<ReplicateBatchResult> {
  const { requestId, term, leaderId, lines } = batch;
  const spans = batch.traces.map(({ orderId, traceparent }) =>
    traces?.begin('OrderService/Replicate', orderId, traceparent, { 'order.term': term }),
  );
  const outcome = await replica.replicate({ term, leaderId }, asBuffer(lines));
  spans.forEach((span) => span?.end(outcome.code));
  if (lines.length > 0 && logger.isLevelEnabled('debug')) {
    const { code: answerCode, lastNumber: number } = outcome;
    const { id } = replica.status;
    logger.debug(
      { replica: id, term, leaderId, orderIds: orderIds(asBuffer(lines)), code: answerCode, number },
      'copied',
    );
  }
  return { requestId, code: outcome.code, term: outcome.term, lastTransactionNum: outcome.lastNumber };
}

/**
 * @param mintOrderId makes an order id for an order that came without one
 */
export function orderService(
  replica: Replica,
  log: OrderLog,
  mintOrderId: () => string,
  watch: OrderWatch,
): ServiceImplementation<typeof OrderService> {
  const startedMs = performance.now();
  const order = (request: OrderRequest) =>
    submitOrder(replica, request, request.orderId || mintOrderId(), watch);
  const details = (request: GetOrderDetailsRequest) => orderDetails(replica, request);
  const replicate = (batch: ReplicateBatch) => replicateBatch(replica, batch, watch);

  return {
    order,

    orderStream: (frames) =>
      serveBatches(
        frames,
        listFraming<OrderRequest>(maxFrameItems),
        listFraming<OrderResponse>(maxFrameItems),
        order,
      ),

    getOrderDetails: async (request) => details(request),

    getOrderDetailsStream: (frames) =>
      serveBatches(
        frames,
        listFraming<GetOrderDetailsRequest>(maxFrameItems),
        listFraming<GetOrderDetailsResponse>(maxFrameItems),
        details,
      ),

    async heartbeat() {
      const status = replica.status;
      return {
        code: code.ok,
        replicaId: status.id,
        role: status.role,
        term: status.term,
        leaderId: status.leaderId,
        lastTransactionNum: status.lastNumber,
        ready: status.ready,
        unreadyReason: status.unreadyReason,
        inSyncIds: [...status.inSyncIds],
        lastChecksum: status.checksum,
        uptimeMs: Math.round(performance.now() - startedMs),
      };
    },

    notifyReplica: ({ leaderId, term }) => replica.notice(leaderId, term),

    async replicateOrder({ transactionNum, name, numberOfItems: quantity, type }) {
      return { code: await replica.confirms(transactionNum, { name, type, quantity }) };
    },

    replicateStream: (frames) =>
      serveBatches(frames, singleFraming<ReplicateBatch>(), singleFraming<ReplicateBatchResult>(), replicate),

    async syncUp({ transactionNum, limit }) {
      const trades = log.after(Math.max(0, transactionNum), Math.min(limit || maxPage, maxPage));
      return { orders: trades.map(toOrderDetails), lastTransactionNum: log.end.number };
    },

    async listOrders({ limit, before }) {
      const trades = log.newest(Math.min(limit || maxList, maxList), before || undefined);
      return { orders: trades.map(toOrderDetails) };
    },
  };
}
