// Clients that keep a system busy, and what they were told.
import type { LookedUp, Posted, Queried } from '../checker/history.js';
import { Dice } from '../simulation/dice.js';
import { Client, type Served } from './client.js';

export interface LoadOptions {
  readonly clients: number;
  readonly seed: number;
  readonly stocks: readonly string[];
  /** Mean pause of a client between two requests, ms. */
  readonly thinkMs: number;
}

export class Load {
  readonly posts: Posted[] = [];
  readonly lookups: LookedUp[] = [];
  readonly queries: Queried[] = [];
  readonly served: Served[] = [];
  readonly #stop = new AbortController();
  readonly #runs: readonly Promise<void>[];
  #highestNumber = 0;

  constructor(url: string, { clients, seed, stocks, thinkMs }: LoadOptions) {
    const dice = new Dice(seed);
    this.#runs = Array.from({ length: clients }, (_, index) =>
      new Client({ url, index, stocks, thinkMs, dice: dice.fork(), record: this }).run(this.#stop.signal),
    );
    // A failure is told by `stop`, which may come later.
    for (const run of this.#runs) {
      run.catch(() => undefined);
    }
  }

  /** The highest number that any client was given. */
  get highestNumber(): number {
    return this.#highestNumber;
  }

  addPost(posted: Posted): void {
    this.posts.push(posted);
    this.#highestNumber = Math.max(this.#highestNumber, posted.number);
  }

  /** Lets each client finish its request. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#runs);
  }
}
