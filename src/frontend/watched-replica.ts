// One order replica under watch: what it last said, and whether it is up (rule E1 of docs/protocol.md).
import type { Clock } from '../shared/clock.js';
import { coalesce } from '../shared/coalesce.js';
import type { ReplicaId, Term } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { Logger } from '../shared/logger.js';
import { UnreachableError, type ReplicaPort, type ReplicaState } from './replica-port.js';

/**
 * A replica that lost its office while it was up is proposed last for this long, ms: some frontend does not reach it.
 * Two frontends that do not reach each other's leader would otherwise depose them in turn, without end.
 */
const deposedMs = 10_000;

export interface WatchParts {
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Heartbeats in a row that may stay without an answer before a replica counts as down. */
  readonly heartbeatMisses: number;
  /** Nothing is asked again once it aborts. */
  readonly signal: AbortSignal;
  /** It is up, and was down, or the other way round. */
  readonly onUpOrDown: (replica: WatchedReplica) => void;
  /** A heartbeat was answered or missed. */
  readonly onBeat: (replica: WatchedReplica) => void;
}

export class WatchedReplica {
  readonly port: ReplicaPort;
  /** Asks for its state; many at once ask once. */
  readonly check: () => Promise<void>;
  readonly #parts: WatchParts;
  #state: ReplicaState | undefined;
  #misses = 0;
  #up = false;
  #deposedUntilMs = -Infinity;
  #onDown: () => void = () => undefined;

  constructor(port: ReplicaPort, parts: WatchParts) {
    this.port = port;
    this.#parts = parts;
    this.check = coalesce(() => this.#check());
  }

  get id(): ReplicaId {
    return this.port.id;
  }

  get up(): boolean {
    return this.#up;
  }

  /** What it said last; undefined if it never said anything. */
  get state(): ReplicaState | undefined {
    return this.#state;
  }

  /** Whether it lost its office though it was up, not long ago. */
  get isDeposed(): boolean {
    return this.#deposedUntilMs > this.#parts.clock.now();
  }

  /** A connection to it broke: one heartbeat decides whether it is down. */
  suspect(): void {
    if (this.#up) {
      this.#misses = Math.max(this.#misses, this.#parts.heartbeatMisses - 1);
      void this.check();
    }
  }

  /** It has said, other than by a heartbeat, that it leads. */
  leads(term: Term): void {
    this.#state = this.#state && { ...this.#state, role: 'leader', term };
  }

  /** Resolves when it goes down; who asks again takes the place of who asked before. */
  untilDown(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#onDown = () => resolve(undefined);
    });
  }

  /** One heartbeat, and at once another if it is missed: a replica is up or down in the end. */
  async #check(): Promise<void> {
    do {
      await this.#beat();
      this.#parts.onBeat(this);
    } while (this.#up && this.#misses > 0 && !this.#parts.signal.aborted);
  }

  async #beat(): Promise<void> {
    try {
      this.#answered(await this.port.heartbeat());
    } catch (error) {
      this.#misses = error instanceof UnreachableError ? Infinity : this.#misses + 1;
      if (this.#misses >= this.#parts.heartbeatMisses) {
        this.#markDown();
      }
    }
  }

  #answered(state: ReplicaState): void {
    this.#tell(state);
    if (this.#up && this.#state?.role === 'leader' && state.role !== 'leader') {
      this.#deposedUntilMs = this.#parts.clock.now() + deposedMs;
    }
    this.#state = state;
    this.#misses = 0;
    if (!this.#up) {
      this.#up = true;
      this.#parts.onUpOrDown(this);
    }
  }

  #markDown(): void {
    if (this.#up) {
      this.#up = false;
      const replica = this.id;
      this.#parts.logger.warn({ replica, term: this.#state?.term }, `order replica ${replica} is down`);
      failpoint('frontend.replica.down');
      this.#onDown();
      this.#parts.onUpOrDown(this);
    }
  }

  /** What is new, to whoever reads the log. */
  #tell({ ready, unreadyReason, term }: ReplicaState): void {
    const replica = this.id;
    const { logger } = this.#parts;
    if (!this.#up) {
      logger.info({ replica }, `order replica ${replica} is up`);
    }
    if (this.#state && this.#state.ready !== ready) {
      const text = ready ? 'could lead again' : `could not lead: ${unreadyReason}`;
      logger[ready ? 'info' : 'warn']({ replica, term }, `order replica ${replica} ${text}`);
    }
  }
}
