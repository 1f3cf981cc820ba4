// The REST contract in memory, with faults on demand: what the client is tested against.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface FakeOrder {
  readonly order_num: number;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** What goes wrong with one request. */
export interface Fault {
  /** The request it waits for, like `POST /orders`: the start of method and path. */
  readonly on: string;
  /** `unavailable`: 503; `drop`: the connection breaks unanswered; `dropAnswer`: it breaks after the work was done. */
  readonly kind: 'unavailable' | 'drop' | 'dropAnswer';
  /** How many requests it hits; 1 when not set. */
  readonly times?: number;
}

const failure = (code: number, message: string): FakeAnswer => ({
  status: code,
  body: { error: { code, message } },
});

export class FakeExchange {
  /** Requests in the order of their arrival, like `GET /stocks/GameStart`. */
  readonly requests: string[] = [];
  /** The same, apart by connection; the keys are the ports of the clients. */
  readonly requestsByConnection = new Map<number, string[]>();
  /** Idempotency keys in the order of their arrival. */
  readonly keys: string[] = [];
  readonly orders: FakeOrder[] = [];
  connections = 0;
  /** Changes how order queries show an order; undefined: the order is lost. */
  showOrder: (order: FakeOrder) => FakeOrder | undefined = (order) => order;
  /** Changes how many shares a lookup shows. */
  showQuantity: (quantity: number) => number = (quantity) => quantity;
  /** Changes the number that an order is acknowledged with. */
  showNumber: (number: number) => number = (number) => number;

  readonly #quantities: Map<string, number>;
  readonly #numbersByKey = new Map<string, number>();
  readonly #looked = new Set<string>();
  readonly #faults: { on: string; kind: Fault['kind']; left: number }[] = [];
  readonly #watchers: { start: string; resolve: () => void }[] = [];
  readonly #server: Server;

  private constructor(quantities: Readonly<Record<string, number>>) {
    this.#quantities = new Map(Object.entries(quantities));
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', () => (this.connections += 1));
  }

  /** @param quantities shares of each stock */
  static async start(quantities: Readonly<Record<string, number>>): Promise<FakeExchange> {
    const exchange = new FakeExchange(quantities);
    await new Promise<void>((resolve) => exchange.#server.listen(0, '127.0.0.1', resolve));
    return exchange;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  quantityOf(name: string): number | undefined {
    return this.#quantities.get(name);
  }

  inject({ on, kind, times = 1 }: Fault): void {
    this.#faults.push({ on, kind, left: times });
  }

  /** Resolves with the next request that starts like this, before it is answered. */
  whenRequested(start: string): Promise<void> {
    return new Promise((resolve) => this.#watchers.push({ start, resolve }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = `${request.method} ${request.url}`;
    const body = await text(request);
    this.requests.push(line);
    const port = request.socket.remotePort ?? 0;
    this.requestsByConnection.set(port, [...(this.requestsByConnection.get(port) ?? []), line]);
    this.#watchers.filter(({ start }) => line.startsWith(start)).forEach(({ resolve }) => resolve());
    const fault = this.#takeFault(line);
    if (fault === 'drop') {
      request.socket.destroy();
      return;
    }
    const answer =
      fault === 'unavailable'
        ? { ...failure(503, 'no leader'), headers: { 'retry-after': '0' } }
        : this.#answer(line, body, request.headers['idempotency-key']);
    if (fault === 'dropAnswer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  #takeFault(line: string): Fault['kind'] | undefined {
    const fault = this.#faults.find(({ on, left }) => left > 0 && line.startsWith(on));
    if (fault) {
      fault.left -= 1;
    }
    return fault?.kind;
  }

  #answer(line: string, body: string, key: string | string[] | undefined): FakeAnswer {
    const [, name] = /^GET \/stocks\/(.+)$/.exec(line) ?? [];
    const [, number] = /^GET \/orders\/(\d+)$/.exec(line) ?? [];
    if (line === 'GET /stocks') {
      const data = [...this.#quantities].map(([stock, quantity]) => ({ name: stock, price: 1.5, quantity }));
      return { status: 200, body: { data } };
    }
    if (name !== undefined) {
      return this.#lookUp(decodeURIComponent(name));
    }
    if (number !== undefined) {
      const order = this.orders[Number(number) - 1];
      const data = order && this.showOrder(order);
      return data ? { status: 200, body: { data } } : failure(404, 'Transaction number not found');
    }
    return line === 'POST /orders' ? this.#trade(body, key) : failure(404, 'Invalid path sent');
  }

  #lookUp(name: string): FakeAnswer {
    const quantity = this.#quantities.get(name);
    if (quantity === undefined) {
      return failure(404, 'stock not found');
    }
    const headers = { 'x-cache': this.#looked.has(name) ? 'HIT' : 'MISS' };
    this.#looked.add(name);
    return {
      status: 200,
      body: { data: { name, price: 1.5, quantity: this.showQuantity(quantity) } },
      headers,
    };
  }

  #trade(body: string, key: string | string[] | undefined): FakeAnswer {
    if (typeof key !== 'string') {
      return failure(400, 'this exchange wants an Idempotency-Key');
    }
    this.keys.push(key);
    const known = this.#numbersByKey.get(key);
    const number = known ?? this.#execute(JSON.parse(body) as Omit<FakeOrder, 'order_num'>);
    if (number === undefined) {
      return failure(404, 'not enough stocks left to buy');
    }
    this.#numbersByKey.set(key, number);
    return { status: 200, body: { data: { transaction_number: this.showNumber(number) } } };
  }

  #execute({ name, type, quantity }: Omit<FakeOrder, 'order_num'>): number | undefined {
    const left = (this.#quantities.get(name) ?? 0) + (type === 'sell' ? quantity : -quantity);
    if (left < 0) {
      return undefined;
    }
    this.#quantities.set(name, left);
    this.#looked.delete(name);
    this.orders.push({ order_num: this.orders.length + 1, name, type, quantity });
    return this.orders.length;
  }
}
