// Clients that keep a system busy and write down what they are told. Each has one connection, asks for one thing at a
// time, and does not give a request up: whatever breaks, it asks again, an order under the same key.
import { setTimeout as sleep } from 'node:timers/promises';
import { code } from '../../src/shared/answer-codes.js';
import type { LookedUp, Posted, Queried } from '../checker/history.js';
import { Dice } from '../simulation/dice.js';
import { post, type OrderBody } from '../support/history.js';
import { HttpClient, type Answer } from '../support/http.js';

export interface LoadOptions {
  readonly clients: number;
  readonly seed: number;
  readonly stocks: readonly string[];
  /** Mean pause of a client between two requests, ms. */
  readonly thinkMs: number;
}

/** One request from its first attempt to its definite answer. */
export interface Served {
  readonly kind: 'order' | 're-post' | 'lookup' | 'query';
  readonly sentMs: number;
  readonly answeredMs: number;
  /** 0: there was none within the time that a client has. */
  readonly code: number;
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

/** Of a hundred requests, so many are new orders, orders sent again, and lookups; the rest are queries. */
const orderPercent = 70;
const rePostPercent = 8;
const lookupPercent = 13;

const choosers = {
  everything: (dice: Dice): Served['kind'] => {
    const turn = dice.whole(1, 100);
    return turn <= orderPercent
      ? 'order'
      : turn <= orderPercent + rePostPercent
        ? 're-post'
        : turn <= orderPercent + rePostPercent + lookupPercent
          ? 'lookup'
          : 'query';
  },
  orders: (dice: Dice): Served['kind'] =>
    dice.whole(1, orderPercent + rePostPercent) <= orderPercent ? 'order' : 're-post',
  lookups: (): Served['kind'] => 'lookup',
  queries: (): Served['kind'] => 'query',
};

/** Of so many clients some do one thing only, so that it shows whether it works while another thing has to wait. */
const specialistShare = 8;
const specialists = [choosers.lookups, choosers.queries, choosers.orders, choosers.orders];

/** Every second stock is rather sold to the exchange, the others rather bought, until there is nothing left to buy. */
const buyProbabilities = [0.45, 0.55];
const mostShares = 4;

export class Load {
  readonly posts: Posted[] = [];
  readonly lookups: LookedUp[] = [];
  readonly queries: Queried[] = [];
  readonly served: Served[] = [];
  readonly #url: string;
  readonly #options: LoadOptions;
  readonly #runs: readonly Promise<void>[];
  #highestNumber = 0;
  #stopped = false;

  constructor(url: string, options: LoadOptions) {
    this.#url = url;
    this.#options = options;
    const dice = new Dice(options.seed);
    this.#runs = Array.from({ length: options.clients }, (_, index) => this.#client(index, dice.fork()));
    // A failure is told by `stop`, which may come later.
    for (const run of this.#runs) {
      run.catch(() => undefined);
    }
  }

  /** Lets each client finish its request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #client(index: number, dice: Dice): Promise<void> {
    const client = new HttpClient(this.#url, 1, attemptTimeoutMs);
    const own: OwnOrder[] = [];
    const choose = specialists[index % specialistShare] ?? choosers.everything;
    while (!this.#stopped) {
      await this.#ask(choose(dice), client, dice, own, index);
      await sleep(dice.wait(this.#options.thinkMs));
    }
    client.close();
  }

  async #ask(
    kind: Served['kind'],
    client: HttpClient,
    dice: Dice,
    own: OwnOrder[],
    index: number,
  ): Promise<void> {
    if (kind === 'lookup') {
      await this.#lookUp(client, dice.pick(this.#options.stocks));
    } else if (kind === 'query') {
      await this.#query(client, this.#drawNumber(dice));
    } else if (kind === 're-post' && own.length > 0) {
      await this.#order(client, dice.pick(own), 're-post');
    } else {
      const order = { key: `${index}-${own.length}-${dice.whole(0, 1e9)}`, body: this.#drawOrder(dice) };
      own.push(order);
      await this.#order(client, order, 'order');
    }
  }

  #drawOrder(dice: Dice): OrderBody {
    const { stocks } = this.#options;
    const stock = dice.whole(0, stocks.length - 1);
    return {
      name: stocks[stock] as string,
      quantity: dice.whole(0, mostShares),
      type: dice.chance(buyProbabilities[stock % 2] as number) ? 'buy' : 'sell',
    };
  }

  /** Mostly one of the newest orders, now and then the next one, which may not exist yet. */
  #drawNumber(dice: Dice): number {
    const newest = this.#highestNumber;
    return dice.chance(0.5)
      ? Math.max(1, newest + 1 - Math.floor(dice.wait(3)))
      : dice.whole(1, Math.max(1, newest));
  }

  async #order(client: HttpClient, { key, body }: OwnOrder, kind: Served['kind']): Promise<void> {
    await this.#untilDefinite(kind, async () => {
      const posted = await attempt(client, key, body);
      this.posts.push(posted);
      this.#highestNumber = Math.max(this.#highestNumber, posted.number);
      // "Busy, or not possible now, try again with the same key": that is what clients are told to do.
      return posted.code === code.unavailable ? 0 : posted.code;
    });
  }

  async #lookUp(client: HttpClient, name: string): Promise<void> {
    await this.#untilDefinite('lookup', async () => {
      const sentMs = performance.now();
      const answer = await ask(client, `/stocks/${name}`);
      if (answer?.status === code.ok) {
        const { data } = answer.json as { data: { quantity: number } };
        const version = Number(answer.headers['x-stock-version']);
        const by = `frontend (${String(answer.headers['x-cache'])})`;
        this.lookups.push({
          name,
          sentMs,
          answeredMs: performance.now(),
          quantity: data.quantity,
          version,
          by,
        });
      }
      return answer?.status ?? 0;
    });
  }

  async #query(client: HttpClient, number: number): Promise<void> {
    await this.#untilDefinite('query', async () => {
      const sentMs = performance.now();
      const answer = await ask(client, `/orders/${number}`);
      if (answer) {
        const { data: order } = answer.json as { data?: OrderBody };
        this.queries.push({ number, sentMs, answeredMs: performance.now(), code: answer.status, order });
      }
      return answer?.status ?? 0;
    });
  }

  /** @param tryOnce gives the code of a definite answer, or 0 */
  async #untilDefinite(kind: Served['kind'], tryOnce: () => Promise<number>): Promise<void> {
    const sentMs = performance.now();
    let definite = await tryOnce();
    while (definite === 0 && performance.now() - sentMs < patienceMs) {
      await sleep(retryPauseMs);
      definite = await tryOnce();
    }
    this.served.push({ kind, sentMs, answeredMs: performance.now(), code: definite });
  }
}

/** Sends an order once. A connection that breaks is code 0. */
async function attempt(client: HttpClient, key: string, body: OrderBody): Promise<Posted> {
  const sentMs = performance.now();
  try {
    return await post(client, key, body);
  } catch (error) {
    const answeredMs = performance.now();
    return { key, ...body, sentMs, answeredMs, code: 0, message: String(error), number: 0 };
  }
}

async function ask(client: HttpClient, path: string): Promise<Answer | undefined> {
  try {
    return await client.send({ path });
  } catch {
    return undefined;
  }
}
