// The ledger over gRPC: trades on a long-lived stream, everything else as single calls with a deadline.
import { createClient, type Channel } from 'nice-grpc';
import { CatalogService } from '#services';
import type { TradeBatch, TradeBatchResult } from '#services';
import { BatchCaller, singleFraming } from '../shared/batch-stream.js';
import type { Leadership, LogEnd, Order, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import type { OrderTraces, Traceparents } from '../shared/order-traces.js';
import { fromOrderDetails } from '../shared/wire.js';
import type { BatchOutcome, JournalPage, LedgerPort, TermOutcome } from './ledger-port.js';

/** What the leader's batches are watched by. */
export interface BatchWatch {
  /** The ledger has answered a batch. */
  readonly onBatch?: (orders: number, tookMs: number) => void;
  readonly traces?: OrderTraces | undefined;
  /** Request ids by order id, where they are logged. */
  readonly requestIds?: ReadonlyMap<string, string> | undefined;
}

function tradeBatch(
  { term, leaderId }: Leadership,
  firstTransactionNum: TransactionNumber,
  orders: readonly Order[],
  notes: {
    readonly parents: Traceparents | undefined;
    readonly requestIds: ReadonlyMap<string, string> | undefined;
  },
): Omit<TradeBatch, 'requestId'> {
  const trades = orders.map(({ name, quantity, type, orderId }) => ({
    name,
    numberOfItems: quantity,
    type,
    orderId,
    traceparent: notes.parents?.get(orderId) ?? '',
    traceId: notes.requestIds?.get(orderId) ?? '',
  }));
  return { term, leaderId, firstTransactionNum, trades };
}

export class CatalogClient implements LedgerPort {
  readonly #channel: Channel;
  readonly #client;
  readonly #trades: BatchCaller<TradeBatch, TradeBatchResult, TradeBatch, TradeBatchResult>;
  readonly #deadlineMs: number;
  readonly #watch: BatchWatch;

  /** @param deadlineMs how long an answer may take; a trade that takes longer has an unknown outcome */
  constructor(channel: Channel, deadlineMs: number, watch: BatchWatch = {}) {
    this.#deadlineMs = deadlineMs;
    this.#watch = watch;
    this.#channel = channel;
    const client = createClient(CatalogService, channel);
    this.#client = client;
    this.#trades = new BatchCaller({
      open: (frames, signal) => client.tradeStream(frames, { signal }),
      requests: singleFraming<TradeBatch>(),
      responses: singleFraming<TradeBatchResult>(),
      // One batch at a time, and room for those of terms that have ended without an answer.
      maxInFlight: 8,
      deadlineMs,
    });
  }

  async trade(
    leadership: Leadership,
    firstNumber: TransactionNumber,
    orders: readonly Order[],
  ): Promise<BatchOutcome> {
    const { traces, requestIds, onBatch } = this.#watch;
    const send = (parents?: Traceparents) =>
      this.#trades.call(tradeBatch(leadership, firstNumber, orders, { parents, requestIds }));
    const startMs = performance.now();
    const orderIds = traces?.any ? orders.map(({ orderId }) => orderId) : [];
    const result = await (traces?.any
      ? traces.step('CatalogService/TradeStream', 'client', orderIds, send)
      : send());
    onBatch?.(orders.length, performance.now() - startMs);
    return {
      code: result.code,
      message: result.message,
      term: result.term,
      leaderId: result.leaderId,
      lastNumber: result.lastTransactionNum,
      decisions: result.results.map((decision) => ({
        code: decision.code,
        message: decision.message,
        number: decision.transactionNum,
        term: decision.term,
      })),
    };
  }

  async beginTerm(replicaId: ReplicaId, observed: Term, logEnd: LogEnd): Promise<TermOutcome> {
    const claim = {
      replicaId,
      observedTerm: observed,
      lastTransactionNum: logEnd.number,
      lastChecksum: logEnd.checksum,
    };
    const answer = await this.#client.beginTerm(claim, this.#deadline());
    const { code, message, term, leaderId, lastTransactionNum: lastNumber } = answer;
    return { code, message, term, leaderId, lastNumber };
  }

  async readJournal(after: TransactionNumber, limit: number): Promise<JournalPage> {
    const page = await this.#client.readJournal({ transactionNum: after, limit }, this.#deadline());
    const { lastTransactionNum: lastNumber, term, leaderId, diskFull } = page;
    return { trades: page.orders.map(fromOrderDetails), lastNumber, term, leaderId, diskFull };
  }

  close(): void {
    this.#trades.reset('closed');
    this.#channel.close();
  }

  #deadline(): { signal: AbortSignal } {
    return { signal: AbortSignal.timeout(this.#deadlineMs) };
  }
}
