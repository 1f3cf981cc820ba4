// A client that has one connection, asks for one thing at a time, and does not give a request up: whatever breaks, it
// asks again, an order under the same key. It writes down every answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { code } from '../../src/shared/answer-codes.js';
import type { LookedUp, Posted, Queried } from '../checker/history.js';
import type { Dice } from '../simulation/dice.js';
import { post, type OrderBody } from '../support/history.js';
import { HttpClient, type Answer } from '../support/http.js';

type Kind = 'order' | 're-post' | 'lookup' | 'query';

/** One request from its first attempt to its definite answer. */
export interface Served {
  readonly kind: Kind;
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0: there was none within the time that a client has. */
  readonly code: number;
}

/** Where all clients write. */
interface ClientRecord {
  readonly lookups: LookedUp[];
  readonly queries: Queried[];
  readonly served: Served[];
  readonly highestNumber: number;
  addPost(posted: Posted): void;
}

interface ClientOptions {
  readonly url: string;
  readonly index: number;
  readonly stocks: readonly string[];
  /** Mean pause between two requests, ms. */
  readonly thinkMs: number;
  readonly dice: Dice;
  readonly record: ClientRecord;
}

interface OwnOrder {
  readonly key: string;
  readonly body: OrderBody;
}

/** Longer than a request may take at the frontend, so that it is the frontend that says no, ms. */
const attemptTimeoutMs = 8_000;
/** How soon a client tries again, ms. */
const retryPauseMs = 50;
/** How long a client asks for a definite answer, ms: longer than any fault lasts, by far. */
const patienceMs = 60_000;

/** How many of a hundred requests are of each kind. */
type Mix = readonly (readonly [percent: number, kind: Kind])[];

const everything: Mix = [
  [70, 'order'],
  [8, 're-post'],
  [13, 'lookup'],
  [9, 'query'],
];

/** Of so many clients some do one thing only, so that it shows whether it works while another thing has to wait. */
const specialistShare = 8;
const orders: Mix = [
  [90, 'order'],
  [10, 're-post'],
];
const specialists: readonly Mix[] = [[[100, 'lookup']], [[100, 'query']], orders, orders];

/** Every second stock is rather sold to the exchange, the others rather bought, until there is nothing left to buy. */
const buyProbabilities = [0.45, 0.55];
const mostShares = 4;

export class Client {
  readonly #options: ClientOptions;
  readonly #http: HttpClient;
  readonly #mix: Mix;
  readonly #own: OwnOrder[] = [];

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#http = new HttpClient(options.url, 1, attemptTimeoutMs);
    this.#mix = specialists[options.index % specialistShare] ?? everything;
  }

  /** Asks for one thing after the other until it is told to stop; finishes the last one. */
  async run(stop: AbortSignal): Promise<void> {
    const { dice, thinkMs } = this.#options;
    while (!stop.aborted) {
      await this.#ask(this.#drawKind());
      await sleep(dice.wait(thinkMs));
    }
    this.#http.close();
  }

  #ask(kind: Kind): Promise<void> {
    const { dice, stocks } = this.#options;
    switch (kind) {
      case 'lookup':
        return this.#lookUp(dice.pick(stocks));
      case 'query':
        return this.#query(this.#drawNumber());
      case 're-post':
        return this.#order(kind, this.#own.length > 0 ? dice.pick(this.#own) : this.#newOrder());
      default:
        return this.#order(kind, this.#newOrder());
    }
  }

  #drawKind(): Kind {
    let left = this.#options.dice.whole(1, 100);
    for (const [percent, kind] of this.#mix) {
      left -= percent;
      if (left <= 0) {
        return kind;
      }
    }
    return 'order';
  }

  #newOrder(): OwnOrder {
    const { dice, stocks, index } = this.#options;
    const stock = dice.whole(0, stocks.length - 1);
    const order = {
      key: `${index}-${this.#own.length}-${dice.whole(0, 1e9)}`,
      body: {
        name: stocks[stock] as string,
        quantity: dice.whole(0, mostShares),
        type: dice.chance(buyProbabilities[stock % 2] as number) ? 'buy' : 'sell',
      },
    };
    this.#own.push(order);
    return order;
  }

  /**
   * Often one of the newest orders. Who does other things too asks now and then for the next one, which may not exist
   * yet: to say so needs the catalog, and that may take a while.
   */
  #drawNumber(): number {
    const { dice, record } = this.#options;
    const newest = Math.max(1, record.highestNumber);
    const next = this.#mix === everything ? newest + 1 : newest;
    return dice.chance(0.5) ? Math.max(1, next - Math.floor(dice.wait(3))) : dice.whole(1, newest);
  }

  async #order(kind: Kind, { key, body }: OwnOrder): Promise<void> {
    await this.#untilDefinite(kind, async () => {
      const posted = await attempt(this.#http, key, body);
      this.#options.record.addPost(posted);
      // "Not possible now, try again with the same key": a client does as it is told.
      return posted.code === code.unavailable ? 0 : posted.code;
    });
  }

  async #lookUp(name: string): Promise<void> {
    await this.#untilDefinite('lookup', async () => {
      const sentMs = performance.now();
      const answer = await ask(this.#http, `/stocks/${name}`);
      if (answer?.status === code.ok) {
        const { data } = answer.json as { data: { quantity: number } };
        const version = Number(answer.headers['x-stock-version']);
        const by = `frontend (${String(answer.headers['x-cache'])})`;
        const answeredMs = performance.now();
        this.#options.record.lookups.push({ name, sentMs, answeredMs, quantity: data.quantity, version, by });
      }
      return answer?.status ?? 0;
    });
  }

  async #query(number: number): Promise<void> {
    await this.#untilDefinite('query', async () => {
      const sentMs = performance.now();
      const answer = await ask(this.#http, `/orders/${number}`);
      if (answer) {
        const { data: order } = answer.json as { data?: OrderBody };
        const answeredMs = performance.now();
        this.#options.record.queries.push({ number, sentMs, answeredMs, code: answer.status, order });
      }
      return answer?.status ?? 0;
    });
  }

  /** @param tryOnce gives the code of a definite answer, or 0 */
  async #untilDefinite(kind: Kind, tryOnce: () => Promise<number>): Promise<void> {
    const sentMs = performance.now();
    let definite = await tryOnce();
    while (definite === 0 && performance.now() - sentMs < patienceMs) {
      await sleep(retryPauseMs);
      definite = await tryOnce();
    }
    this.#options.record.served.push({ kind, sentMs, answeredMs: performance.now(), code: definite });
  }
}

/** Sends an order once. A connection that breaks is code 0. */
async function attempt(http: HttpClient, key: string, body: OrderBody): Promise<Posted> {
  const sentMs = performance.now();
  try {
    return await post(http, key, body);
  } catch (error) {
    const answeredMs = performance.now();
    return { key, ...body, sentMs, answeredMs, code: 0, message: String(error), number: 0 };
  }
}

async function ask(http: HttpClient, path: string): Promise<Answer | undefined> {
  try {
    return await http.send({ path });
  } catch {
    return undefined;
  }
}
