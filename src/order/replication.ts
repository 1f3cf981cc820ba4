import type { ReplicaId, TransactionNumber } from '../shared/domain.js';
import type { FollowerLink } from './follower-link.js';
import type { OrderLog } from './order-log.js';

interface Waiter {
  readonly number: TransactionNumber;
  readonly resolve: () => void;
}

/** Knows when a trade is on enough disks to be answered: the leader's own and that of every in-sync follower. */
export class Replication {
  readonly #log: OrderLog;
  #links: readonly FollowerLink[] = [];
  #waiters: Waiter[] = [];

  constructor(log: OrderLog) {
    this.#log = log;
  }

  /** Starts sending to the followers. */
  start(links: readonly FollowerLink[]): void {
    this.#links = links;
    links.forEach((link) => void link.run());
  }

  stop(): void {
    this.#links.forEach((link) => link.stop());
  }

  get inSyncIds(): ReplicaId[] {
    return this.#links.filter((link) => link.inSync).map((link) => link.id);
  }

  /** How many batches wait for their followers. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** There is something new in the log. */
  wake(): void {
    this.#links.forEach((link) => link.wake());
  }

  /** Resolves when everything up to this number may be answered. */
  reached(number: TransactionNumber): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ number, resolve });
      this.progress();
    });
  }

  /** A disk has come further, or the in-sync set has changed. */
  progress(): void {
    const links = this.#links.filter((link) => link.inSync);
    const { number: own } = this.#log.durableEnd;
    const done = (waiter: Waiter) => own >= waiter.number && links.every((link) => link.has(waiter.number));
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => !done(waiter));
    waiters.filter(done).forEach((waiter) => waiter.resolve());
  }
}
