// Clients that trade as fast as they are answered, each over its own keep-alive connection, and keep a record.
import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { eventually } from './compose.js';

export interface Trade {
  readonly name: string;
  readonly type: 'buy' | 'sell';
  readonly quantity: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One request, as curl would send it. A connection that breaks is an error. */
export function ask(
  method: string,
  url: string,
  { trade, key, agent }: { trade?: Trade; key?: string; agent?: Agent } = {},
): Promise<Answer> {
  const headers = {
    ...(trade && { 'content-type': 'application/json' }),
    ...(key && { 'idempotency-key': key }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: agent ?? false }, (incoming) => {
      incoming.setEncoding('utf8');
      let text = '';
      incoming.on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject);
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text && JSON.parse(text) }));
    });
    outgoing.on('error', reject);
    outgoing.end(trade && JSON.stringify(trade));
  });
}

/** Places an order. @returns its number @throws Error it was not accepted */
export async function place(url: string, trade: Trade, agent?: Agent): Promise<number> {
  const key = randomUUID();
  const { status, body } = await ask('POST', `${url}/orders`, { trade, key, ...(agent && { agent }) });
  const { data } = body as { data?: { transaction_number: number } };
  if (status !== 200 || data === undefined) {
    throw new Error(`order ${key} got ${status} ${JSON.stringify(body)}`);
  }
  return data.transaction_number;
}

/** The answered orders by number, and what went wrong. */
export class TradeRecord {
  readonly orders = new Map<number, Trade>();
  readonly failures: string[] = [];
  #lastAnswerMs = performance.now();
  #longestSilenceMs = 0;

  /** The longest time in which no client got an answer since this was asked last, ms. */
  takeLongestSilence(): number {
    const longest = this.#longestSilenceMs;
    this.#longestSilenceMs = 0;
    return longest;
  }

  /** Waits until so many more orders are answered. */
  async flow(count: number): Promise<void> {
    const target = this.orders.size + count;
    await eventually(`${count} more orders`, 20_000, async () => this.orders.size >= target || undefined);
  }

  add(number: number, trade: Trade): void {
    const now = performance.now();
    this.#longestSilenceMs = Math.max(this.#longestSilenceMs, now - this.#lastAnswerMs);
    this.#lastAnswerMs = now;
    if (this.orders.has(number)) {
      this.failures.push(`number ${number} was given twice`);
    }
    this.orders.set(number, trade);
  }
}

/**
 * Lets clients trade for as long as something else goes on.
 * They sell and buy in turn, so that the shares never run out.
 */
export async function tradeDuring(
  url: string,
  clients: number,
  story: (trades: TradeRecord) => Promise<void>,
): Promise<TradeRecord> {
  const record = new TradeRecord();
  const over = new AbortController();
  async function client(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const trade = { name: 'GameStart', type: turn % 2 ? 'buy' : 'sell', quantity: 1 } as const;
      try {
        record.add(await place(url, trade, agent), trade);
      } catch (error) {
        record.failures.push(String(error));
      }
    }
    agent.destroy();
  }
  const finished = Array.from({ length: clients }, client);
  try {
    await story(record);
  } finally {
    over.abort();
    await Promise.all(finished);
  }
  return record;
}
