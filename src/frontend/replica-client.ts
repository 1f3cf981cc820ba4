// One order replica over gRPC: orders and questions on long-lived streams, everything else as single calls.
import { ClientError, createClient, Status, type Channel } from 'nice-grpc';
import { OrderService } from '#services';
import type {
  GetOrderDetailsRequest,
  GetOrderDetailsResponse,
  OrderDetails,
  OrderRequest,
  OrderResponse,
} from '#services';
import { code, message } from '../shared/answer-codes.js';
import { deadline } from '../shared/deadline.js';
import { BatchCaller, listFraming, StreamFullError } from '../shared/batch-stream.js';
import { maxBatchOrders } from '../shared/domain.js';
import type { Order, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { UnreachableError, type Notice, type ReplicaPort, type ReplicaState } from './replica-port.js';
import type { ExecutedOrder, OrderAnswer, OrderPort, QueryAnswer } from './order-gateway.js';

export interface ReplicaDeadlines {
  /** When a heartbeat counts as missed. */
  readonly heartbeatMs: number;
  /** Until when its answer is still one to a later heartbeat. */
  readonly lateHeartbeatMs: number;
  /** For taking office, which includes catching up. */
  readonly notifyMs: number;
  readonly queryMs: number;
}

type List<Item> = { items: Item[] };

/** Orders under way at one replica, and questions: more than that are turned away. */
const maxInFlight = 4_096;

function executedOrder(details: OrderDetails): ExecutedOrder {
  return {
    number: details.transactionNum,
    name: details.name,
    type: details.type,
    quantity: details.volumeTraded,
  };
}

function queryAnswer(number: TransactionNumber, answer: GetOrderDetailsResponse): QueryAnswer {
  if (answer.code !== code.ok) {
    return { code: answer.code, message: answer.message };
  }
  const { name, type, volumeTraded: quantity } = answer;
  return { code: code.ok, order: { number, name, type, quantity } };
}

/** What else becomes of an earlier heartbeat says nothing of this one. */
async function answerOrUnreachable(earlier: Promise<ReplicaState>): Promise<ReplicaState> {
  try {
    return await earlier;
  } catch (error) {
    if (error instanceof UnreachableError) {
      throw error;
    }
    return new Promise(() => undefined);
  }
}

function rejectAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    deadline(ms).addEventListener('abort', () => reject(new Error(`no answer within ${ms} ms`)));
  });
}

export class ReplicaClient implements ReplicaPort, OrderPort {
  readonly id: ReplicaId;
  readonly #channel: Channel;
  readonly #client;
  readonly #orders: BatchCaller<OrderRequest, OrderResponse, List<OrderRequest>, List<OrderResponse>>;
  readonly #queries: BatchCaller<
    GetOrderDetailsRequest,
    GetOrderDetailsResponse,
    List<GetOrderDetailsRequest>,
    List<GetOrderDetailsResponse>
  >;
  readonly #deadlines: ReplicaDeadlines;
  /** Heartbeats since the last answer. */
  readonly #unanswered = new Set<Promise<ReplicaState>>();

  constructor(id: ReplicaId, channel: Channel, deadlines: ReplicaDeadlines) {
    this.id = id;
    this.#deadlines = deadlines;
    this.#channel = channel;
    const client = createClient(OrderService, channel);
    this.#client = client;
    this.#orders = new BatchCaller({
      open: (frames, signal) => client.orderStream(frames, { signal }),
      requests: listFraming<OrderRequest>(maxBatchOrders),
      responses: listFraming<OrderResponse>(maxBatchOrders),
      maxInFlight,
    });
    this.#queries = new BatchCaller({
      open: (frames, signal) => client.getOrderDetailsStream(frames, { signal }),
      requests: listFraming<GetOrderDetailsRequest>(maxBatchOrders),
      responses: listFraming<GetOrderDetailsResponse>(maxBatchOrders),
      maxInFlight,
      deadlineMs: deadlines.queryMs,
    });
  }

  /**
   * The first answer to this heartbeat or to one that was missed just before: a replica that is always late, because
   * the machine is busy or the way is long, is up.
   */
  async heartbeat(): Promise<ReplicaState> {
    const missed = [...this.#unanswered].map(answerOrUnreachable);
    const own = this.#askState();
    this.#unanswered.add(own);
    own.catch(() => undefined).finally(() => this.#unanswered.delete(own));
    const state = await Promise.race([own, ...missed, rejectAfter(this.#deadlines.heartbeatMs)]);
    this.#unanswered.clear();
    return state;
  }

  async #askState(): Promise<ReplicaState> {
    try {
      const signal = deadline(this.#deadlines.lateHeartbeatMs);
      const answer = await this.#client.heartbeat({}, { signal });
      const { role, term, leaderId, ready, unreadyReason, inSyncIds, uptimeMs } = answer;
      const { lastTransactionNum: lastNumber, lastChecksum: checksum } = answer;
      return { role, term, leaderId, lastNumber, checksum, ready, unreadyReason, inSyncIds, uptimeMs };
    } catch (error) {
      throw error instanceof ClientError && error.code === Status.UNAVAILABLE
        ? new UnreachableError(error.message, { cause: error })
        : error;
    }
  }

  async notify(leaderId: ReplicaId, term: Term): Promise<Notice> {
    const signal = AbortSignal.timeout(this.#deadlines.notifyMs);
    const answer = await this.#client.notifyReplica({ leaderId, term }, { signal });
    return { code: answer.code, term: answer.term, leaderId: answer.leaderId };
  }

  async order(order: Order, traceId: string, traceparent = ''): Promise<OrderAnswer> {
    const { orderId, name, type, quantity: numberOfItems } = order;
    try {
      const answer = await this.#orders.call({ orderId, name, type, numberOfItems, traceId, traceparent });
      const { message: text, transactionNum: number, term } = answer;
      return { code: answer.code, message: text, number, replica: this.id, term };
    } catch (error) {
      if (error instanceof StreamFullError) {
        return { code: code.unavailable, message: message.queueFull, number: 0 };
      }
      throw error;
    }
  }

  query(number: TransactionNumber): Promise<QueryAnswer> {
    return this.#queries.call({ transactionNum: number }).then((answer) => queryAnswer(number, answer));
  }

  async newest(limit: number, before = 0): Promise<readonly ExecutedOrder[]> {
    const signal = AbortSignal.timeout(this.#deadlines.queryMs);
    return (await this.#client.listOrders({ limit, before }, { signal })).orders.map(executedOrder);
  }

  /** Takes back what is under way: the outcome of an order is unknown then. */
  reset(reason: string): void {
    this.#orders.reset(reason);
    this.#queries.reset(reason);
  }

  close(): void {
    this.reset('closed');
    this.#channel.close();
  }
}
