import type { Clock } from '../../src/shared/clock.js';
import type { Timeline } from './timeline.js';

/**
 * One process from its start to its death, which is also its clock. Everything that reaches it (timers, messages,
 * finished writes) comes through `run`: nothing does any more when it is dead, and later when it is paused.
 */
export class Life implements Clock {
  readonly name: string;
  readonly #timeline: Timeline;
  readonly #rate: number;
  readonly #onEnd = new Set<() => void>();
  #over = false;
  #held: (() => void)[] | undefined;

  /** @param rate how fast its clock goes: 1 is right */
  constructor(name: string, timeline: Timeline, rate: number) {
    this.name = name;
    this.#timeline = timeline;
    this.#rate = rate;
  }

  get over(): boolean {
    return this.#over;
  }

  get paused(): boolean {
    return this.#held !== undefined;
  }

  now(): number {
    return this.#timeline.nowMs * this.#rate;
  }

  after(ms: number, callback: () => void): () => void {
    let calledOff = false;
    const callOff = this.#timeline.after(ms / this.#rate, () => this.run(() => calledOff || callback()));
    return () => {
      calledOff = true;
      callOff();
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = (): void => {
        callOff();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const callOff = this.after(ms, done);
      signal?.addEventListener('abort', done);
    });
  }

  /** Lets the process do something now, or when it is no longer paused, or never. */
  run(callback: () => void): void {
    if (this.#over) {
      return;
    }
    if (this.#held) {
      this.#held.push(callback);
    } else {
      this.#timeline.acting = this;
      callback();
    }
  }

  pause(): void {
    this.#held ??= [];
  }

  resume(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    held.forEach((callback) => this.#timeline.after(0, () => this.run(callback)));
  }

  /** Ends the process at once. */
  end(): void {
    this.#over = true;
    this.#held = undefined;
    this.#onEnd.forEach((callback) => callback());
    this.#onEnd.clear();
  }

  /** Calls back when the process dies; call the result to forget it. */
  onEnd(callback: () => void): () => void {
    this.#onEnd.add(callback);
    return () => this.#onEnd.delete(callback);
  }
}
