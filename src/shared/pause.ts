import type { Clock } from './clock.js';

/**
 * A wait that somebody may end early. For one waiter at a time, and without the objects that an AbortSignal brings
 * along for each wait: it stands in paths that run for every batch.
 */
export class Pause {
  readonly #clock: Clock;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or at once when `end` is called meanwhile. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#end = undefined;
        callOff();
        resolve();
      };
      const callOff = this.#clock.after(ms, end);
      this.#end = end;
    });
  }

  /** Ends the wait; nothing happens if nobody waits. */
  end(): void {
    this.#end?.();
  }
}
