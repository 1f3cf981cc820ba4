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

async function submitOrder(
  replica: Replica,
  request: OrderRequest,
  orderId: string,
  logger: Pick<Logger, 'debug'>,
): Promise<OrderResponse> {
  const { requestId, name, type, numberOfItems: quantity } = request;
  const answer = orderIdPattern.test(orderId)
    ? await replica.submit({ orderId, name, type, quantity })
    : { code: code.badRequest, message: 'order_id is not valid', number: 0 };
  logger.debug({ requestId: request.traceId, orderId, code: answer.code, number: answer.number }, 'order');
  const { leaderId, term } = replica.leadership;
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

async function replicateBatch(replica: Replica, batch: ReplicateBatch): Promise<ReplicateBatchResult> {
  const { requestId, term, leaderId, lines } = batch;
  const outcome = await replica.replicate({ term, leaderId }, asBuffer(lines));
  return { requestId, code: outcome.code, term: outcome.term, lastTransactionNum: outcome.lastNumber };
}

/**
 * @param mintOrderId makes an order id for an order that came without one
 */
export function orderService(
  replica: Replica,
  log: OrderLog,
  mintOrderId: () => string,
  logger: Pick<Logger, 'debug'>,
): ServiceImplementation<typeof OrderService> {
  const startedMs = performance.now();
  const order = (request: OrderRequest) =>
    submitOrder(replica, request, request.orderId || mintOrderId(), logger);
  const details = (request: GetOrderDetailsRequest) => orderDetails(replica, request);
  const replicate = (batch: ReplicateBatch) => replicateBatch(replica, batch);

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
