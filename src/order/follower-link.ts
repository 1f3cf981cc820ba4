import { code } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { maxBatchOrders } from '../shared/domain.js';
import { failpoint } from '../shared/failpoint.js';
import type { Leadership, ReplicaId, Term, TransactionNumber } from '../shared/domain.js';
import { Pause } from '../shared/pause.js';
import type { OrderLog } from './order-log.js';

export interface ReplicateOutcome {
  readonly code: number;
  /** The highest term that the follower knows. */
  readonly term: Term;
  /** The follower's last durable number. */
  readonly lastNumber: TransactionNumber;
}

/** What a leader needs of a follower. */
export interface FollowerPort {
  readonly id: ReplicaId;
  /**
   * Hands it consecutive trades, maybe none, as lines of the log.
   * @throws it cannot be reached, or does not answer in time
   */
  replicate(leadership: Leadership, lines: Buffer): Promise<ReplicateOutcome>;
}

export interface LinkTiming {
  /** A follower that is silent for longer leaves the in-sync set, ms. */
  readonly followerTimeoutMs: number;
  /** How often an idle follower hears that the leader lives, ms. */
  readonly idleIntervalMs: number;
  /** How long a silent follower is left alone before it is tried again, ms. */
  readonly retryIntervalMs: number;
}

const noLines = Buffer.alloc(0);

/**
 * A leader's line to one follower: keeps sending what the follower misses, one batch at a time, and knows how far it
 * has come. While one batch is under way the next ones gather, so a slow follower gets larger batches.
 */
export class FollowerLink {
  readonly id: ReplicaId;
  readonly #port: FollowerPort;
  readonly #leadership: Leadership;
  readonly #log: OrderLog;
  readonly #timing: LinkTiming;
  readonly #clock: Clock;
  readonly #onProgress: () => void;
  readonly #onHigherTerm: (term: Term) => void;
  readonly #stop = new AbortController();
  /** While the follower has everything. */
  readonly #idle: Pause;
  /** The follower's durable end; undefined until it has said so. */
  #matchNumber: TransactionNumber | undefined;
  #inSync = false;

  constructor(
    port: FollowerPort,
    leadership: Leadership,
    log: OrderLog,
    timing: LinkTiming,
    clock: Clock,
    callbacks: {
      /** The follower has come further, or has joined or left the in-sync set. */
      readonly onProgress: () => void;
      readonly onHigherTerm: (term: Term) => void;
    },
  ) {
    this.id = port.id;
    this.#port = port;
    this.#leadership = leadership;
    this.#log = log;
    this.#timing = timing;
    this.#clock = clock;
    this.#idle = new Pause(clock);
    this.#onProgress = callbacks.onProgress;
    this.#onHigherTerm = callbacks.onHigherTerm;
  }

  /** Whether an order must not be answered before this follower has it. */
  get inSync(): boolean {
    return this.#inSync;
  }

  has(number: TransactionNumber): boolean {
    return (this.#matchNumber ?? 0) >= number;
  }

  /** Sends until `stop` is called. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const reached = await this.#sendNext();
      if (!reached) {
        await this.#clock.sleep(this.#timing.retryIntervalMs, this.#stop.signal);
      } else if (this.has(this.#log.end.number)) {
        await this.#idle.wait(this.#timing.idleIntervalMs);
      }
    }
  }

  /** There is something new in the log. */
  wake(): void {
    this.#idle.end();
  }

  stop(): void {
    this.#stop.abort();
    this.#idle.end();
  }

  /** One batch, or a probe without trades. False if the follower cannot take any now. */
  async #sendNext(): Promise<boolean> {
    const lines =
      this.#matchNumber === undefined ? noLines : this.#log.linesAfter(this.#matchNumber, maxBatchOrders);
    const endWhenSent = this.#log.end.number;
    const callOff = this.#clock.after(this.#timing.followerTimeoutMs, () => this.#leave());
    try {
      failpoint('order.replicate.sending');
      const outcome = await this.#port.replicate(this.#leadership, lines);
      failpoint('order.replicate.acknowledged');
      return this.#take(outcome, endWhenSent);
    } catch {
      this.#leave();
      this.#matchNumber = undefined;
      return false;
    } finally {
      callOff();
    }
  }

  /** A follower that took all there was when the batch was sent is in sync: from now on answers wait for it. */
  #take(outcome: ReplicateOutcome, endWhenSent: TransactionNumber): boolean {
    if (outcome.term > this.#leadership.term) {
      this.#onHigherTerm(outcome.term);
      this.#leave();
      return false;
    }
    if (outcome.code !== code.ok && outcome.code !== code.gap) {
      this.#leave();
      return false;
    }
    this.#matchNumber = outcome.lastNumber;
    if (!this.#inSync && outcome.code === code.ok && this.has(endWhenSent)) {
      this.#inSync = true;
      failpoint('order.insync.joined');
    }
    this.#onProgress();
    return true;
  }

  #leave(): void {
    if (this.#inSync) {
      this.#inSync = false;
      failpoint('order.insync.left');
      this.#onProgress();
    }
  }
}
