// Clients of every kind, each with one connection of its own, and each asking for one thing after the other. Whatever is
// not answered as it should be is a failure, but for a connection that is refused: then nothing was sent, and the client
// tries again.
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { LookedUp } from '../checker/history.js';
import type { OrderBody, Posted } from './history.js';
import { HttpClient, type Answer, type Call } from './http.js';

const kinds = ['keyed order', 'order', 'lookup', 'list', 'query'] as const;
type Kind = (typeof kinds)[number];

/** How soon a client tries again after it was refused, ms. */
const retryPauseMs = 20;

export class Customers {
  readonly posted: Posted[] = [];
  readonly lookups: LookedUp[] = [];
  readonly failures: string[] = [];
  readonly answered: Record<Kind, number> = { 'keyed order': 0, order: 0, lookup: 0, list: 0, query: 0 };
  /** How often a connection was refused. */
  refused = 0;
  /** The longest time that a client had to wait for an answer, ms. */
  longestMs = 0;
  readonly #stocks: readonly string[];
  readonly #runs: Promise<void>[];
  #stopped = false;
  #highestNumber = 0;

  /** @param clients how many of each kind */
  constructor(url: string, clients: number, stocks: readonly string[]) {
    this.#stocks = stocks;
    this.#runs = Array.from({ length: clients * kinds.length }, (_, index) =>
      this.#run(new HttpClient(url), kinds[index % kinds.length] as Kind, index),
    );
  }

  /** Lets each client finish what it asked. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #run(client: HttpClient, kind: Kind, index: number): Promise<void> {
    for (let turn = index; !this.#stopped; turn += 1) {
      await this.#ask(client, kind, turn);
    }
    client.close();
  }

  async #ask(client: HttpClient, kind: Kind, turn: number): Promise<void> {
    const name = this.#stocks[turn % this.#stocks.length] as string;
    switch (kind) {
      case 'lookup':
        return this.#expect(kind, client, { path: `/stocks/${name}` });
      case 'list':
        return this.#expect(kind, client, { path: '/stocks' });
      case 'query': {
        const number = Math.max(1, this.#highestNumber - (turn % 5));
        return this.#highestNumber === 0
          ? delay(retryPauseMs)
          : this.#expect(kind, client, { path: `/orders/${number}` });
      }
      default: {
        const headers = kind === 'keyed order' ? { 'Idempotency-Key': randomUUID() } : {};
        const body = { name, quantity: (turn % 3) + 1, type: turn % 2 === 0 ? 'buy' : 'sell' };
        return this.#expect(kind, client, { method: 'POST', path: '/orders', headers, body });
      }
    }
  }

  async #expect(kind: Kind, client: HttpClient, call: Call): Promise<void> {
    const sentMs = performance.now();
    const answer = await this.#answer(kind, client, call);
    if (!answer) {
      return;
    }
    const answeredMs = performance.now();
    this.longestMs = Math.max(this.longestMs, answeredMs - sentMs);
    this.answered[kind] += 1;
    const isOrder = call.method === 'POST';
    // There may be too few shares left.
    if (answer.status !== 200 && !(isOrder && answer.status === 404)) {
      this.failures.push(`${kind}: ${answer.status} ${answer.text}`);
    }
    if (kind === 'lookup' && answer.status === 200) {
      this.lookups.push(lookedUp(answer, sentMs, answeredMs));
    }
    if (isOrder) {
      const order = posted(call.body as OrderBody, answer, sentMs, answeredMs);
      this.posted.push(order);
      this.#highestNumber = Math.max(this.#highestNumber, order.number);
    }
  }

  /** Undefined: the connection broke, which is a failure. */
  async #answer(kind: Kind, client: HttpClient, call: Call): Promise<Answer | undefined> {
    for (;;) {
      try {
        return await client.send(call);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') {
          this.failures.push(`${kind}: ${String(error)}`);
          return undefined;
        }
        this.refused += 1;
        await delay(retryPauseMs);
      }
    }
  }
}

function lookedUp({ json, headers }: Answer, sentMs: number, answeredMs: number): LookedUp {
  const { name, quantity } = (json as { data: { name: string; quantity: number } }).data;
  const version = Number(headers['x-stock-version']);
  return { name, quantity, version, sentMs, answeredMs, by: `frontend (${String(headers['x-cache'])})` };
}

function posted(body: OrderBody, answer: Answer, sentMs: number, answeredMs: number): Posted {
  const { data, error } = answer.json as {
    data?: { transaction_number: number };
    error?: { message: string };
  };
  return {
    ...body,
    key: String(answer.headers['idempotency-key']),
    sentMs,
    answeredMs,
    code: answer.status,
    message: error?.message ?? '',
    number: data?.transaction_number ?? 0,
  };
}
