// The cache of stocks: least recently used goes first. It never takes back an old state: the highest version that an
// invalidation has named is remembered per stock as a floor, so an answer that was under way meanwhile stays out.
import { LRUCache } from 'lru-cache';
import type { Stock } from './stock.js';

export interface CacheCounters {
  readonly capacity: number;
  readonly size: number;
  readonly hits: number;
  readonly misses: number;
  readonly bypasses: number;
}

export class StockCache {
  readonly #capacity: number;
  readonly #stocks: LRUCache<string, Stock> | undefined;
  /** One entry per stock that was ever invalidated: bounded by the number of stocks, so nothing is evicted. */
  readonly #floors = new Map<string, number>();

  /** @param capacity how many stocks are kept; 0: none */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#stocks = capacity > 0 ? new LRUCache({ max: capacity }) : undefined;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get size(): number {
    return this.#stocks?.size ?? 0;
  }

  get(name: string): Stock | undefined {
    return this.#stocks?.get(name);
  }

  has(name: string): boolean {
    return this.#stocks?.has(name) ?? false;
  }

  /** Keeps a stock, unless a later state of it is known to exist. */
  put(stock: Stock): void {
    if (stock.version >= (this.#floors.get(stock.name) ?? 0)) {
      this.#stocks?.set(stock.name, stock);
    }
  }

  /** Drops every state of the stock that is older than `version`, now and later. Never lowers the floor. */
  invalidate(name: string, version: number): void {
    const floor = Math.max(version, this.#floors.get(name) ?? 0);
    this.#floors.set(name, floor);
    const kept = this.#stocks?.peek(name);
    if (kept && kept.version < floor) {
      this.#stocks?.delete(name);
    }
  }

  /** Drops the stock, whatever its version. */
  drop(name: string): void {
    this.#stocks?.delete(name);
  }

  clear(): void {
    this.#stocks?.clear();
  }
}
