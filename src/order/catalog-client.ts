// The ledger over gRPC: trades on a long-lived stream, everything else as single calls with a deadline.
import { createClient, type Channel } from 'nice-grpc';
import { CatalogService } from '#services';
import type { TradeBatch, TradeBatchResult } from '#services';
import { BatchCaller, singleFraming } from '../shared/batch-stream.js';
import type { Leadership, LogEnd, Order, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { fromOrderDetails } from '../shared/wire.js';
import type { BatchOutcome, JournalPage, LedgerPort, TermOutcome } from './ledger-port.js';

export class CatalogClient implements LedgerPort {
  readonly #channel: Channel;
  readonly #client;
  readonly #trades: BatchCaller<TradeBatch, TradeBatchResult, TradeBatch, TradeBatchResult>;
  readonly #deadlineMs: number;

  /** @param deadlineMs how long an answer may take; a trade that takes longer has an unknown outcome */
  constructor(channel: Channel, deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
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
    const { term, leaderId } = leadership;
    const trades = orders.map(({ name, quantity, type, orderId }) => ({
      name,
      numberOfItems: quantity,
      type,
      orderId,
    }));
    const batch = { term, leaderId, firstTransactionNum: firstNumber, trades };
    const result = await this.#trades.call(batch);
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
    const { lastTransactionNum: lastNumber, term, leaderId } = page;
    return { trades: page.orders.map(fromOrderDetails), lastNumber, term, leaderId };
  }

  close(): void {
    this.#trades.reset('closed');
    this.#channel.close();
  }

  #deadline(): { signal: AbortSignal } {
    return { signal: AbortSignal.timeout(this.#deadlineMs) };
  }
}
