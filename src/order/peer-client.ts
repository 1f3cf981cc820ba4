// Another replica over gRPC: replication on a long-lived stream, SyncUp as a single call with a deadline.
import { createClient, type Channel } from 'nice-grpc';
import { OrderService } from '#services';
import type { ReplicateBatch, ReplicateBatchResult } from '#services';
import { BatchCaller, singleFraming } from '../shared/batch-stream.js';
import type { Leadership, ReplicaId, Trade, TransactionNumber } from '../shared/domain.js';
import { fromOrderDetails } from '../shared/wire.js';
import type { ReplicateOutcome } from './follower-link.js';
import type { PeerPort } from './replica.js';

export class PeerClient implements PeerPort {
  readonly id: ReplicaId;
  readonly #ownId: ReplicaId;
  readonly #channel: Channel;
  readonly #client;
  readonly #batches: BatchCaller<ReplicateBatch, ReplicateBatchResult, ReplicateBatch, ReplicateBatchResult>;
  readonly #deadlineMs: number;

  constructor(id: ReplicaId, channel: Channel, ownId: ReplicaId, deadlineMs: number) {
    this.id = id;
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
    const batch = { term, leaderId, lines };
    const result = await this.#batches.call(batch);
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
