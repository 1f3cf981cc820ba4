import { randomUUID } from 'node:crypto';
import { HttpClient } from './http.js';
import { post, type OrderBody, type Posted } from './history.js';

export interface TradersOptions {
  readonly clients: number;
  readonly stocks: readonly string[];
  /** What to do with an answer of 503: try the same key again until it is decided. */
  readonly retry?: boolean;
}

/** Clients that post orders, each on its own connection and one after the other, until they are stopped. */
export class Traders {
  readonly posted: Posted[] = [];
  readonly #runs: Promise<void>[];
  #stopped = false;

  constructor(url: string, { clients, stocks, retry = false }: TradersOptions) {
    this.#runs = Array.from({ length: clients }, async (_, index) => {
      const client = new HttpClient(url);
      for (let turn = index; !this.#stopped; turn += 1) {
        const body: OrderBody = {
          name: stocks[turn % stocks.length] as string,
          quantity: (turn % 3) + 1,
          type: turn % 2 === 0 ? 'buy' : 'sell',
        };
        await this.#trade(client, randomUUID(), body, retry);
      }
      client.close();
    });
    // A failure is told by `stop`, which may come later.
    for (const run of this.#runs) {
      run.catch(() => undefined);
    }
  }

  /** Lets each client finish its order. */
  async stop(): Promise<readonly Posted[]> {
    this.#stopped = true;
    await Promise.all(this.#runs);
    return this.posted;
  }

  /** The longest time, in ms, in which no order was answered after `fromMs` and before `toMs`. */
  longestSilenceMs(fromMs: number, toMs: number): number {
    const answers = this.posted.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b);
    const within = [fromMs, ...answers.filter((ms) => ms > fromMs && ms < toMs), toMs];
    return Math.max(...within.slice(1).map((ms, index) => ms - (within[index] as number)));
  }

  async #trade(client: HttpClient, key: string, body: OrderBody, retry: boolean): Promise<void> {
    let answer = await post(client, key, body);
    this.posted.push(answer);
    while (answer.code === 503 && retry) {
      answer = await post(client, key, body);
      this.posted.push(answer);
    }
  }
}
