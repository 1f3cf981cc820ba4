import type { Clock } from '../shared/clock.js';
import type { Leadership, Order, ReplicaId, Term } from '../shared/domain.js';
import { FollowerLink, type FollowerPort, type LinkTiming } from './follower-link.js';
import type { LedgerPort } from './ledger-port.js';
import type { OrderLog } from './order-log.js';
import { Replication } from './replication.js';
import { Sequencer, type OrderAnswer, type SequencerLimits } from './sequencer.js';

export interface OfficeParts {
  readonly leadership: Leadership;
  readonly log: OrderLog;
  readonly ledger: LedgerPort;
  readonly followers: readonly FollowerPort[];
  readonly clock: Clock;
  readonly timing: LinkTiming;
  readonly limits: SequencerLimits;
  /** See SequencerParts. */
  readonly onLost: (reason: string) => void;
  readonly onStoreFailed: (error: unknown) => void;
  readonly onHigherTerm: (term: Term) => void;
}

/** What a leader has not answered yet. */
export interface OfficeLoad {
  readonly orders: number;
  /** Those of the orders that have not been sent to the ledger yet. */
  readonly waiting: number;
  /** Decided batches that wait for their followers. */
  readonly batches: number;
}

/** What a replica has while it leads, and drops when it no longer does: one office, one term. */
export class Office {
  readonly #sequencer: Sequencer;
  readonly #replication: Replication;
  readonly #term: Term;

  constructor(parts: OfficeParts) {
    const { leadership, log, ledger, clock, timing, limits, onLost, onStoreFailed, onHigherTerm } = parts;
    this.#term = leadership.term;
    const replication = new Replication(log);
    const onProgress = () => replication.progress();
    replication.start(
      parts.followers.map(
        (port) => new FollowerLink(port, leadership, log, timing, clock, { onProgress, onHigherTerm }),
      ),
    );
    this.#replication = replication;
    this.#sequencer = new Sequencer({
      leadership,
      log,
      ledger,
      replication,
      clock,
      limits,
      onLost,
      onStoreFailed,
    });
  }

  /** The term that it is for. */
  get term(): Term {
    return this.#term;
  }

  get inSyncIds(): ReplicaId[] {
    return this.#replication.inSyncIds;
  }

  get load(): OfficeLoad {
    return {
      orders: this.#sequencer.inFlight,
      waiting: this.#sequencer.waiting,
      batches: this.#replication.waiting,
    };
  }

  /** See Sequencer.submit. */
  submit(order: Order): Promise<OrderAnswer> {
    return this.#sequencer.submit(order);
  }

  /** See Sequencer.catchUp. */
  catchUp(): Promise<void> {
    return this.#sequencer.catchUp();
  }

  /** See Sequencer.finish. */
  finish(patienceMs: number): Promise<void> {
    return this.#sequencer.finish(patienceMs);
  }

  close(reason: string): void {
    this.#sequencer.stop(reason);
    this.#replication.stop();
  }
}
