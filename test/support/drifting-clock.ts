import type { Clock } from '../../src/shared/clock.js';

/** The clock of one machine, which runs faster or slower than the true one, until the machine ends. */
export class DriftingClock implements Clock {
  readonly #truth: Clock;
  readonly #rate: number;
  #over = false;

  /** @param rate 1.01: it gains 1 % */
  constructor(truth: Clock, rate: number) {
    this.#truth = truth;
    this.#rate = rate;
  }

  /** The process is gone: nothing in it ever wakes again. */
  end(): void {
    this.#over = true;
  }

  now(): number {
    return this.#truth.now() * this.#rate;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      void this.#truth.sleep(ms / this.#rate, signal).then(() => this.#over || resolve());
    });
  }

  after(ms: number, callback: () => void): () => void {
    return this.#truth.after(ms / this.#rate, () => this.#over || callback());
  }
}
