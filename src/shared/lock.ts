// The only place that knows the rwlock package. It is first come, first served for readers and writers alike.
// Avoided on purpose: its `timeout` option (removes the wrong waiter) and its keys (never freed).
import RwLock from 'rwlock';

/** Too many callers wait for the lock; nothing was done. */
export class LockQueueFullError extends Error {}

/** A fair read-write lock with a promise face and a bounded queue. */
export class ReadWriteLock {
  readonly #lock = new RwLock();
  readonly #maxWaiting: number;
  #waiting = 0;

  constructor(maxWaiting = 1_000) {
    this.#maxWaiting = maxWaiting;
  }

  /** Runs `section` together with other readers, never while a writer runs. */
  read<T>(section: () => T | Promise<T>): Promise<T> {
    return this.#hold(section, (callback) => this.#lock.readLock(callback));
  }

  /** Runs `section` alone. */
  write<T>(section: () => T | Promise<T>): Promise<T> {
    return this.#hold(section, (callback) => this.#lock.writeLock(callback));
  }

  async #hold<T>(
    section: () => T | Promise<T>,
    acquire: (callback: (release: () => void) => void) => void,
  ): Promise<T> {
    if (this.#waiting >= this.#maxWaiting) {
      throw new LockQueueFullError(`${this.#waiting} callers wait for the lock`);
    }
    this.#waiting += 1;
    const release = await new Promise<() => void>(acquire);
    this.#waiting -= 1;
    try {
      return await section();
    } finally {
      release();
    }
  }
}
