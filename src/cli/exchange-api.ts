// Single questions to a frontend, for commands: what cannot be answered is an error that knows how the command ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RefusedError, UnreachableError } from './exit-codes.js';
import { HttpConnection, type HttpAnswer, type HttpRequest } from './http-connection.js';
import { sendWithRetries } from './retry.js';

const stockSchema = z.object({ name: z.string(), price: z.number(), quantity: z.number() });
const orderSchema = z.object({
  order_num: z.number(),
  name: z.string(),
  type: z.string(),
  quantity: z.number(),
});
const clusterSchema = z.object({
  leader_id: z.number(),
  term: z.number(),
  replicas: z.array(
    z.object({
      id: z.number(),
      role: z.string(),
      term: z.number(),
      last_transaction_num: z.number(),
      lag: z.number(),
      in_sync: z.boolean(),
      ready: z.boolean(),
      checksum: z.string().optional(),
      uptime_ms: z.number().optional(),
    }),
  ),
  cache: z.object({ lease_live: z.boolean() }),
});
const numberSchema = z.object({ transaction_number: z.number() });
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

export type StockView = z.infer<typeof stockSchema>;
export type OrderView = z.infer<typeof orderSchema>;
export type ClusterView = z.infer<typeof clusterSchema>;

export interface ApiOptions {
  readonly url: URL;
  /** How often a request without a final answer is sent again. */
  readonly retries: number;
  /** How long one attempt may take, ms. */
  readonly timeoutMs: number;
}

interface Asked<T> {
  readonly value: T;
  readonly retries: number;
}

export class ExchangeApi {
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  async stocks(): Promise<StockView[]> {
    return (await this.#ask({ method: 'GET', path: '/stocks' }, z.array(stockSchema))).value;
  }

  async stock(name: string): Promise<StockView> {
    return (await this.#ask({ method: 'GET', path: `/stocks/${encodeURIComponent(name)}` }, stockSchema))
      .value;
  }

  async order(number: number): Promise<OrderView> {
    return (await this.#ask({ method: 'GET', path: `/orders/${number}` }, orderSchema)).value;
  }

  async cluster(): Promise<ClusterView> {
    try {
      return (await this.#ask({ method: 'GET', path: '/cluster' }, clusterSchema)).value;
    } catch (error) {
      // A frontend of ours has this path whatever happens.
      throw error instanceof RefusedError ? this.#strange(error.message) : error;
    }
  }

  /**
   * Places an order; each attempt carries the same key, so it is executed at most once.
   * @returns its number
   */
  async trade(order: object, key: string): Promise<Asked<number>> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const body = JSON.stringify(order);
    const asked = await this.#ask({ method: 'POST', path: '/orders', headers, body }, numberSchema);
    return { value: asked.value.transaction_number, retries: asked.retries };
  }

  /** Why a trade would not succeed now; undefined: it would. */
  async unreadiness(): Promise<string | undefined> {
    const connection = this.#connect();
    try {
      const { status, body } = await connection.send({ method: 'GET', path: '/readyz' });
      return status === 200 ? undefined : messageIn(body);
    } catch (error) {
      return (error as Error).message;
    } finally {
      connection.close();
    }
  }

  /** When the frontend was started, as it tells Prometheus; undefined: it does not. */
  async startedAt(): Promise<Date | undefined> {
    const connection = this.#connect();
    try {
      const { body } = await connection.send({ method: 'GET', path: '/metrics' });
      const [, seconds] = /^process_start_time_seconds (\d+(?:\.\d+)?)$/m.exec(body) ?? [];
      return seconds === undefined ? undefined : new Date(Number(seconds) * 1_000);
    } catch {
      return undefined; // Worth a dash, and no more.
    } finally {
      connection.close();
    }
  }

  #strange(answer: string): UnreachableError {
    return new UnreachableError(`${this.#options.url.origin} answers, but not as our frontend: ${answer}`);
  }

  #connect(): HttpConnection {
    return new HttpConnection(this.#options.url, this.#options.timeoutMs);
  }

  async #ask<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<Asked<T>> {
    const connection = this.#connect();
    try {
      const result = await sendWithRetries(request, (each) => connection.send(each), {
        policy: {
          maxRetries: this.#options.retries,
          giveUpAfterMs: 30_000,
          baseDelayMs: 100,
          maxDelayMs: 2_000,
        },
        random: Math.random,
        now: () => new Date(),
        sleep: (delayMs) => sleep(delayMs),
      });
      if ('reason' in result) {
        throw new UnreachableError(`${this.#options.url.origin} does not answer: ${result.reason}`);
      }
      return { value: this.#read(result.answer, schema), retries: result.retries };
    } finally {
      connection.close();
    }
  }

  #read<T>({ status, body }: HttpAnswer, schema: z.ZodType<T>): T {
    const { origin } = this.#options.url;
    if (status >= 500 || status === 429) {
      throw new UnreachableError(`${origin} cannot do it now: ${status} ${messageIn(body) ?? ''}`.trimEnd());
    }
    const parsed = status === 200 ? z.object({ data: schema }).safeParse(parseJson(body)) : undefined;
    if (parsed?.success) {
      return parsed.data.data;
    }
    const message = status >= 400 ? messageIn(body) : undefined;
    throw message === undefined ? this.#strange(`status ${status}`) : new RefusedError(message);
  }
}

function messageIn(body: string): string | undefined {
  const parsed = errorSchema.safeParse(parseJson(body));
  return parsed.success ? parsed.data.error.message : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
