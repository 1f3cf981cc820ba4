import { randomUUID } from 'node:crypto';
import { HttpClient } from './http.js';
import { post, type OrderBody, type Posted } from './history.js';

export interface TradersOptions {
  readonly clients: number;
  readonly stocks: readonly string[];
  /** What to do with an answer of 503: try the same key again until it is decided. */
  readonly retry?: boolean;
}

/**
 * Clients that post orders, each on its own connection and one after the other, until they are stopped. Of several
 * frontends each begins with another one, and goes on to the next with the same key when its connection breaks.
 */
export class Traders {
  readonly posted: Posted[] = [];
  readonly #runs: Promise<void>[];
  #stopped = false;

  constructor(urls: string | readonly string[], { clients, stocks, retry = false }: TradersOptions) {
    this.#runs = Array.from({ length: clients }, async (_, index) => {
      const frontends = [urls].flat().map((url) => new HttpClient(url));
      // The one in use is always the first.
      frontends.push(...frontends.splice(0, index % frontends.length));
      for (let turn = index; !this.#stopped; turn += 1) {
        const body: OrderBody = {
          name: stocks[turn % stocks.length] as string,
          quantity: (turn % 3) + 1,
          type: turn % 2 === 0 ? 'buy' : 'sell',
        };
        await this.#trade(frontends, randomUUID(), body, retry);
      }
      frontends.forEach((frontend) => frontend.close());
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

  /** The longest time, in ms, in which no order was decided after `fromMs` and before `toMs`. */
  longestSilenceMs(fromMs: number, toMs: number): number {
    const decided = this.posted.filter(({ code }) => code === 200 || code === 404);
    const answers = decided.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b);
    const within = [fromMs, ...answers.filter((ms) => ms > fromMs && ms < toMs), toMs];
    return Math.max(...within.slice(1).map((ms, index) => ms - (within[index] as number)));
  }

  async #trade(frontends: HttpClient[], key: string, body: OrderBody, retry: boolean): Promise<void> {
    let answer = await this.#post(frontends, key, body);
    while (answer.code === 503 && retry) {
      answer = await this.#post(frontends, key, body);
    }
  }

  async #post(frontends: HttpClient[], key: string, body: OrderBody): Promise<Posted> {
    for (let left = frontends.length; ; left -= 1) {
      const sentMs = performance.now();
      try {
        const answer = await post(frontends[0] as HttpClient, key, body);
        this.posted.push(answer);
        return answer;
      } catch (error) {
        if (frontends.length === 1 || left === 0) {
          throw error;
        }
        // It may be executed nevertheless.
        const answeredMs = performance.now();
        this.posted.push({ key, ...body, sentMs, answeredMs, code: 0, message: '', number: 0 });
        frontends.push(frontends.shift() as HttpClient);
      }
    }
  }
}
