import type { Clock } from '../../src/shared/clock.js';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** Lets everything run that needs no time: all promises that can settle have settled afterwards. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A clock that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = () => {
        callOff();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const callOff = this.after(ms, done);
      signal?.addEventListener('abort', done);
    });
  }

  after(ms: number, callback: () => void): () => void {
    const sleeper = { wakeMs: this.#nowMs + Math.max(0, ms), wake: callback };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.delete(sleeper);
  }

  /** Moves on, waking each sleeper at its time, and lets it do what it does before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(endMs); next; next = this.#next(endMs)) {
      await this.#wake(next);
    }
    this.#nowMs = endMs;
  }

  /**
   * Moves on until a promise has settled, and gives its value.
   * @param withinMs how long that may take
   */
  async until<T>(promise: Promise<T>, withinMs = 10_000): Promise<T> {
    const endMs = this.#nowMs + withinMs;
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    await settle();
    while (!settled) {
      const next = this.#next(endMs);
      if (!next) {
        throw new Error(`nothing came of it within ${withinMs} virtual ms`);
      }
      await this.#wake(next);
    }
    return promise;
  }

  #next(endMs: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakeMs <= endMs && (!next || sleeper.wakeMs < next.wakeMs)) {
        next = sleeper;
      }
    }
    return next;
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, sleeper.wakeMs);
    this.#sleepers.delete(sleeper);
    sleeper.wake();
    await settle();
  }
}

/** What has become of a promise so far: its value, or `undefined` while it is pending. */
export function watch<T>(promise: Promise<T>): { value: T | undefined; error: unknown; settled: boolean } {
  const watched: { value: T | undefined; error: unknown; settled: boolean } = {
    value: undefined,
    error: undefined,
    settled: false,
  };
  promise.then(
    (value) => {
      watched.value = value;
      watched.settled = true;
    },
    (error: unknown) => {
      watched.error = error;
      watched.settled = true;
    },
  );
  return watched;
}
