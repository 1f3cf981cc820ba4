import { code, message } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { failpoint } from '../shared/failpoint.js';
import { ApiError } from './api-error.js';
import type { CacheLease } from './cache-lease.js';
import type { CacheCounters, StockCache } from './stock-cache.js';
import type { Stock } from './stock.js';
import { untilAnswered } from './until-answered.js';

/** How many lookups may wait for the catalog. */
const maxWaiting = 2_048;

export type CacheUse = 'HIT' | 'MISS' | 'BYPASS';

export interface LookupAnswer {
  /** Undefined: there is no stock of that name. */
  readonly stock: Stock | undefined;
  readonly cacheable: boolean;
}

/** What lookups need of the catalog. */
export interface LookupPort {
  /**
   * @param sessionId the cache session on whose behalf it is asked; empty: the answer will not be cached
   * @throws the catalog does not answer
   */
  lookup(name: string, sessionId: string): Promise<LookupAnswer>;
}

export interface FoundStock {
  /** Undefined: there is no stock of that name. */
  readonly stock: Stock | undefined;
  readonly use: CacheUse;
}

interface Shared {
  readonly sessionId: string;
  readonly answer: Promise<LookupAnswer>;
}

/**
 * Finds stocks, from the cache where that is safe (rules E5 and E6 of docs/protocol.md).
 * Requests that miss the same stock at the same time share one lookup.
 */
export class StockLookup {
  readonly #port: LookupPort;
  readonly #cache: StockCache;
  readonly #lease: CacheLease;
  readonly #clock: Clock;
  readonly #budgetMs: number;
  readonly #shared = new Map<string, Shared>();
  #waiting = 0;
  readonly #uses: Record<CacheUse, number> = { HIT: 0, MISS: 0, BYPASS: 0 };

  /** @param budgetMs how long a lookup is tried before it is given up */
  constructor(port: LookupPort, cache: StockCache, lease: CacheLease, clock: Clock, budgetMs: number) {
    this.#port = port;
    this.#cache = cache;
    this.#lease = lease;
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  get counters(): CacheCounters {
    const { HIT: hits, MISS: misses, BYPASS: bypasses } = this.#uses;
    return { capacity: this.#cache.capacity, size: this.#cache.size, hits, misses, bypasses };
  }

  /** Whether the cache may answer for the stock now. */
  isCached(name: string): boolean {
    return this.#lease.live && this.#cache.has(name);
  }

  /** The stock, if the cache may answer for it now. */
  cached(name: string): Stock | undefined {
    const stock = this.#lease.live ? this.#cache.get(name) : undefined;
    if (stock) {
      this.#uses.HIT += 1;
    }
    return stock;
  }

  /**
   * Asks the catalog for a stock that `cached` did not have.
   * @throws ApiError 503: no answer came in time, or too many wait for one
   */
  async find(name: string): Promise<FoundStock> {
    const use = this.#cache.capacity > 0 && this.#lease.live ? 'MISS' : 'BYPASS';
    this.#uses[use] += 1;
    if (this.#waiting >= maxWaiting) {
      throw new ApiError(code.unavailable, message.questionsFull);
    }
    this.#waiting += 1;
    try {
      const answer = use === 'MISS' ? await this.#findShared(name) : await this.#ask(name, '');
      return { stock: answer.stock, use };
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Takes an invalidation: from now on nothing older than `version` is served, nor joined. */
  invalidate(name: string, version: number | undefined): void {
    if (version === undefined) {
      this.#cache.drop(name);
    } else {
      this.#cache.invalidate(name, version);
    }
    this.#shared.delete(name);
    failpoint('frontend.invalidation.taken');
  }

  /** The cache session has ended. */
  clear(): void {
    this.#cache.clear();
    this.#shared.clear();
  }

  async #findShared(name: string): Promise<LookupAnswer> {
    const earlier = this.#shared.get(name);
    if (earlier?.sessionId === this.#lease.sessionId) {
      const answer = await earlier.answer;
      // An answer that may not be cached says nothing about what has happened since it was given.
      return answer.cacheable ? answer : this.#ask(name, this.#lease.sessionId);
    }
    const { sessionId } = this.#lease;
    const shared = { sessionId, answer: this.#ask(name, sessionId) };
    this.#shared.set(name, shared);
    try {
      return await shared.answer;
    } finally {
      if (this.#shared.get(name) === shared) {
        this.#shared.delete(name);
      }
    }
  }

  async #ask(name: string, sessionId: string): Promise<LookupAnswer> {
    const lookUp = (): Promise<LookupAnswer> => this.#port.lookup(name, sessionId);
    const answer = await untilAnswered(lookUp, this.#clock, this.#budgetMs);
    failpoint('frontend.lookup.answered');
    const currentSession = sessionId !== '' && sessionId === this.#lease.sessionId;
    if (answer.stock && answer.cacheable && currentSession) {
      this.#cache.put(answer.stock);
    }
    return answer;
  }
}
