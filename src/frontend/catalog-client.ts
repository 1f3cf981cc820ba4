// The catalog over gRPC: lookups on a long-lived stream, everything else as single calls.
import { createClient, type Channel } from 'nice-grpc';
import { CatalogService } from '#services';
import type { LookupRequest, LookupResponse } from '#services';
import { code } from '../shared/answer-codes.js';
import { BatchCaller, listFraming } from '../shared/batch-stream.js';
import type { LeaseAnswer, LeasePort } from './cache-lease.js';
import type { LookupAnswer, LookupPort } from './stock-lookup.js';
import type { ListedStock, Stock } from './stock.js';

type List<Item> = { items: Item[] };

function toStock(response: LookupResponse): Stock {
  const { name, priceText: price, quantity, version } = response;
  return { name, price, quantity, version };
}

function lookupAnswer(response: LookupResponse): LookupAnswer {
  const { cacheable } = response;
  return { stock: response.code === code.ok ? toStock(response) : undefined, cacheable };
}

export class CatalogClient implements LookupPort, LeasePort {
  readonly #channel: Channel;
  readonly #client;
  readonly #lookups: BatchCaller<LookupRequest, LookupResponse, List<LookupRequest>, List<LookupResponse>>;
  readonly #frontendAddress: string;
  readonly #deadlineMs: number;

  /**
   * @param frontendAddress where the catalog reaches this frontend, host:port
   * @param deadlineMs how long an answer may take
   */
  constructor(channel: Channel, frontendAddress: string, deadlineMs: number) {
    this.#frontendAddress = frontendAddress;
    this.#deadlineMs = deadlineMs;
    this.#channel = channel;
    const client = createClient(CatalogService, channel);
    this.#client = client;
    this.#lookups = new BatchCaller({
      open: (frames, signal) => client.lookupStream(frames, { signal }),
      requests: listFraming<LookupRequest>(256),
      responses: listFraming<LookupResponse>(256),
      maxInFlight: 4_096,
      deadlineMs,
    });
  }

  lookup(name: string, sessionId: string): Promise<LookupAnswer> {
    return this.#lookups.call({ stockName: name, sessionId }).then(lookupAnswer);
  }

  async listStocks(): Promise<ListedStock[]> {
    const { stocks } = await this.#client.listStocks({}, this.#deadline());
    return stocks.map((stock) => ({ ...toStock(stock), volume: stock.volume }));
  }

  renewLease(sessionId: string, begin: boolean): Promise<LeaseAnswer> {
    return this.#client.renewLease(
      { frontendAddress: this.#frontendAddress, sessionId, begin },
      this.#deadline(),
    );
  }

  async releaseLease(sessionId: string): Promise<void> {
    await this.#client.releaseLease({ sessionId }, this.#deadline());
  }

  close(): void {
    this.#lookups.reset('closed');
    this.#channel.close();
  }

  #deadline(): { signal: AbortSignal } {
    return { signal: AbortSignal.timeout(this.#deadlineMs) };
  }
}
