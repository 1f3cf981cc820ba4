// A catalog that does what the test says, before a real frontend: it counts lookups, holds answers back, and grants
// or ends leases.
import { createServer, type Server, type ServiceImplementation } from 'nice-grpc';
import { CatalogService } from '#services';
import type { LookupRequest, LookupRequests, LookupResponse, LookupResponses } from '#services';
import { eventually } from './eventually.js';

interface Held {
  readonly request: LookupRequest;
  readonly answer: (response: LookupResponse) => void;
}

/** What it says of a stock. */
export interface StockAnswer {
  readonly quantity: number;
  readonly version: number;
  readonly cacheable?: boolean;
}

export class StandInCatalog {
  /** Names and sessions of all lookups so far. */
  readonly lookups: Pick<LookupRequest, 'stockName' | 'sessionId'>[] = [];
  /** Code of the next renewals of a lease. */
  renewalCode = 200;
  readonly #server: Server = createServer();
  #held: Held[] = [];
  #port = 0;

  static async start(): Promise<StandInCatalog> {
    const catalog = new StandInCatalog();
    catalog.#server.add(CatalogService, catalog.#implementation());
    catalog.#port = await catalog.#server.listen('127.0.0.1:0');
    return catalog;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Waits until this many lookups wait for their answers. */
  async holds(count: number): Promise<void> {
    await eventually(() => {
      if (this.#held.length !== count) {
        throw new Error(`${this.#held.length} lookups wait, not ${count}`);
      }
    });
  }

  /** Answers the lookup that has waited for longest. */
  release({ quantity, version, cacheable = true }: StockAnswer): void {
    const { request, answer } = this.#held.shift() as Held;
    const { stockName: name, requestId } = request;
    const price = { price: 1, priceText: '1.00' };
    answer({ ...price, name, quantity, version, cacheable, requestId, code: 200, message: '', volume: 0 });
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #implementation(): ServiceImplementation<typeof CatalogService> {
    const unused = (): never => {
      throw new Error('not part of this stand-in');
    };
    return {
      lookup: unused,
      listStocks: unused,
      trade: unused,
      tradeStream: unused,
      beginTerm: unused,
      readJournal: unused,
      lookupStream: (frames) => this.#lookupStream(frames),
      renewLease: async ({ begin }) => ({
        code: begin ? 200 : this.renewalCode,
        leaseMs: 10_000,
        catalogId: 'stand-in',
      }),
      releaseLease: async () => ({}),
    };
  }

  async *#lookupStream(frames: AsyncIterable<LookupRequests>): AsyncGenerator<LookupResponses> {
    const ready: LookupResponse[] = [];
    let wake = () => {};
    let open = true;
    const reading = (async () => {
      for await (const { items } of frames) {
        for (const request of items) {
          this.lookups.push({ stockName: request.stockName, sessionId: request.sessionId });
          const answer = (response: LookupResponse) => {
            ready.push(response);
            wake();
          };
          this.#held.push({ request, answer });
        }
      }
    })()
      .catch(() => undefined)
      .finally(() => {
        open = false;
        wake();
      });
    while (open) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (ready.length > 0 || !open) {
          resolve();
        }
      });
      if (ready.length > 0) {
        yield { items: ready.splice(0) };
      }
    }
    await reading;
  }
}
