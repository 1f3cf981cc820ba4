// Another replica over gRPC: replication on a long-lived stream, SyncUp as a single call with a deadline.
import { createClient, type Channel } from 'nice-grpc';
import { OrderService } from '#services';
import type { OrderTrace, ReplicateBatch, ReplicateBatchResult } from '#services';
import { BatchCaller, singleFraming } from '../shared/batch-stream.js';
import type { Leadership, ReplicaId, Trade, TransactionNumber } from '../shared/domain.js';
import type { OrderTraces, Traceparents } from '../shared/order-traces.js';
import { orderIds } from '../shared/trade-line.js';
import { fromOrderDetails } from '../shared/wire.js';
import type { ReplicateOutcome } from './follower-link.js';
import type { PeerPort } from './replica.js';

/** What the copying to a follower is watched by. */
export interface CopyWatch {
  /** The follower has answered a batch of lines. */
  readonly onCopied?: (follower: ReplicaId, tookMs: number) => void;
  readonly traces?: OrderTraces | undefined;
}

function orderTraces(parents: Traceparents | undefined): OrderTrace[] {
  return parents ? [...parents].map(([orderId, traceparent]) => ({ orderId, traceparent })) : [];
}

export class PeerClient implements PeerPort {
  readonly id: ReplicaId;
  readonly #ownId: ReplicaId;
  readonly #channel: Channel;
  readonly #client;
  readonly #batches: BatchCaller<ReplicateBatch, ReplicateBatchResult, ReplicateBatch, ReplicateBatchResult>;
  readonly #deadlineMs: number;
  readonly #watch: CopyWatch;

  constructor(id: ReplicaId, channel: Channel, ownId: ReplicaId, deadlineMs: number, watch: CopyWatch = {}) {
    this.id = id;
    this.#watch = watch;
    this.#ownId = ownId;
    this.#deadlineMs = deadlineMs;
    this.#channel = channel;
    const client = createClient(OrderService, channel);
    this.#client = client;
    this.#batches = new BatchCaller({
      open: (frames, signal) => client.replicateStream(frames, { signal }),
      requests: singleFraming<ReplicateBatch>(),
      responses: singleFraming<ReplicateBatchResult>(),
      maxInFlight: 2,
      deadlineMs,
    });
  }

  async replicate({ term, leaderId }: Leadership, lines: Buffer): Promise<ReplicateOutcome> {
    const { onCopied, traces } = this.#watch;
    const send = (parents?: Traceparents) =>
      this.#batches.call({ term, leaderId, lines, traces: orderTraces(parents) });
    const startMs = performance.now();
    const result = await (traces?.any
      ? traces.step('OrderService/ReplicateStream', 'client', orderIds(lines), send, {
          'replica.id': this.id,
        })
      : send());
    if (lines.length > 0) {
      onCopied?.(this.id, performance.now() - startMs);
    }
    return { code: result.code, term: result.term, lastNumber: result.lastTransactionNum };
  }

  async tradesAfter(number: TransactionNumber, limit: number): Promise<readonly Trade[]> {
    const question = { transactionNum: number, serviceId: this.#ownId, limit };
    const page = await this.#client.syncUp(question, { signal: AbortSignal.timeout(this.#deadlineMs) });
    return page.orders.map(fromOrderDetails);
  }

  close(): void {
    this.#batches.reset('closed');
    this.#channel.close();
  }
}
