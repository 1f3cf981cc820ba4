// The REST contract as seen by a client: JSON and status codes stop here.
import type { HttpAnswer, HttpRequest } from './http-connection.js';
import type { OrderDetails } from './order-comparison.js';
import { sendWithRetries, type RetryEnvironment } from './retry.js';
import type { NewOrder, Stock } from './trade-choice.js';

/** Whether the frontend answered from its cache, as X-Cache tells. */
export type CacheStatus = 'HIT' | 'MISS' | 'BYPASS';

export type Outcome<T> =
  | { readonly outcome: 'done'; readonly value: T }
  /** A definite no (404): asking again would get the same answer. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** No answer, or one that breaks the contract. Of an order it is not known whether it was executed. */
  | { readonly outcome: 'failed'; readonly reason: string };

export type Answer<T> = Outcome<T> & {
  /** From the first sending to the final answer, retries and their pauses included, ms: what a user waits. */
  readonly latencyMs: number;
  readonly retries: number;
  readonly cache: CacheStatus | undefined;
};

/** What a session asks of an exchange. */
export interface Exchange {
  lookUp(stockName: string): Promise<Answer<Stock>>;
  /** @param idempotencyKey names this order in all its retries; a new one for each order */
  placeOrder(order: NewOrder, idempotencyKey: string): Promise<Answer<number>>;
  queryOrder(transactionNumber: number): Promise<Answer<OrderDetails>>;
}

/** What the client needs of a connection; HttpConnection is one. */
export interface Connection {
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

/** An exchange at the other end of one keep-alive connection. */
export class ExchangeClient implements Exchange {
  readonly #connection: Connection;
  readonly #retries: RetryEnvironment;

  constructor(connection: Connection, retries: RetryEnvironment) {
    this.#connection = connection;
    this.#retries = retries;
  }

  /** Names of all stocks. */
  listStocks(): Promise<Answer<string[]>> {
    return this.#ask({ method: 'GET', path: '/stocks' }, readStockNames);
  }

  lookUp(stockName: string): Promise<Answer<Stock>> {
    const path = `/stocks/${encodeURIComponent(stockName)}`;
    return this.#ask({ method: 'GET', path }, (data) => readStock(data, stockName));
  }

  placeOrder({ name, quantity, type }: NewOrder, idempotencyKey: string): Promise<Answer<number>> {
    const body = JSON.stringify({ name, quantity, type });
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    return this.#ask({ method: 'POST', path: '/orders', headers, body }, (data) => {
      const number = fieldsOf(data)['transaction_number'];
      return isCount(number) && number > 0 ? number : undefined;
    });
  }

  queryOrder(transactionNumber: number): Promise<Answer<OrderDetails>> {
    return this.#ask({ method: 'GET', path: `/orders/${transactionNumber}` }, readOrder);
  }

  close(): void {
    this.#connection.close();
  }

  async #ask<T>(request: HttpRequest, read: (data: unknown) => T | undefined): Promise<Answer<T>> {
    const startMs = performance.now();
    const result = await sendWithRetries(request, (each) => this.#connection.send(each), this.#retries);
    const measured = { latencyMs: performance.now() - startMs, retries: result.retries };
    if ('reason' in result) {
      return { outcome: 'failed', reason: result.reason, cache: undefined, ...measured };
    }
    return { ...interpret(result.answer, read), cache: readCacheStatus(result.answer), ...measured };
  }
}

function interpret<T>({ status, body }: HttpAnswer, read: (data: unknown) => T | undefined): Outcome<T> {
  const content = fieldsOf(parseJson(body));
  if (status === 200) {
    const value = read(content['data']);
    return value === undefined
      ? { outcome: 'failed', reason: `unexpected answer: ${excerpt(body)}` }
      : { outcome: 'done', value };
  }
  const message = fieldsOf(content['error'])['message'];
  const text = typeof message === 'string' ? message : `unexpected answer: ${excerpt(body)}`;
  return status === 404 && typeof message === 'string'
    ? { outcome: 'refused', message: text }
    : { outcome: 'failed', reason: `${status} ${text}` };
}

function readStockNames(data: unknown): string[] | undefined {
  const names = Array.isArray(data) ? data.map((stock: unknown) => fieldsOf(stock)['name']) : [];
  return names.length > 0 && names.every((name) => typeof name === 'string') ? names : undefined;
}

function readStock(data: unknown, expectedName: string): Stock | undefined {
  const { name, price, quantity } = fieldsOf(data);
  return name === expectedName && typeof price === 'number' && isCount(quantity)
    ? { name: expectedName, price, quantity }
    : undefined;
}

function readOrder(data: unknown): OrderDetails | undefined {
  const { order_num: orderNumber, name, type, quantity } = fieldsOf(data);
  return isCount(orderNumber) && typeof name === 'string' && typeof type === 'string' && isCount(quantity)
    ? { orderNumber, name, type, quantity }
    : undefined;
}

function readCacheStatus({ headers }: HttpAnswer): CacheStatus | undefined {
  const status = headers['x-cache'];
  return status === 'HIT' || status === 'MISS' || status === 'BYPASS' ? status : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a JSON object; none for anything else, so that the checks need no casts. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function excerpt(body: string): string {
  const line = body.replaceAll(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line || 'nothing';
}
