import { seededRandom, type Random } from '../../src/cli/seeded-random.js';

/** Everything that is left to chance in a simulated run: the same seed gives the same run. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // Neighbouring seeds begin alike.
    for (let turn = 0; turn < 8; turn += 1) {
      this.#random();
    }
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  between(min: number, max: number): number {
    return min + this.#random() * (max - min);
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)] as T;
  }

  /** Mostly short, now and then long: exponentially distributed. */
  wait(meanMs: number): number {
    return -Math.log(1 - this.#random()) * meanMs;
  }

  /** A generator of its own for one part of the run. */
  fork(): Dice {
    return new Dice(Math.floor(this.#random() * 2 ** 32));
  }
}
