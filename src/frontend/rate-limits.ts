import { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';

/** Callers whose use is remembered: those that were heard of last. */
const maxCallers = 10_000;

/** A full bucket that holds what may come within a second. */
function bucket(perSecond: number, parentBucket?: TokenBucket): TokenBucket {
  const full = new TokenBucket({
    bucketSize: perSecond,
    tokensPerInterval: perSecond,
    interval: 'second',
    ...(parentBucket && { parentBucket }),
  });
  full.content = perSecond;
  return full;
}

/** How many requests each caller may send, and all of them together: token buckets that hold one second's worth. */
export class RateLimits {
  readonly #perCaller: number;
  readonly #total: TokenBucket | undefined;
  readonly #callers = new LRUCache<string, TokenBucket>({ max: maxCallers });

  /**
   * @param perCaller requests per second; 0: no limit
   * @param total requests per second of all callers; 0: no limit
   */
  constructor(perCaller: number, total: number) {
    this.#perCaller = perCaller;
    this.#total = total > 0 ? bucket(total) : undefined;
  }

  get exist(): boolean {
    return this.#perCaller > 0 || this.#total !== undefined;
  }

  /** Takes a request of a caller into account. @returns 0, or after how many seconds it may try again */
  retryAfterS(caller: string): number {
    const own = this.#perCaller > 0 ? this.#bucketOf(caller) : this.#total;
    if (own === undefined || own.tryRemoveTokens(1)) {
      return 0;
    }
    return Math.max(1, Math.ceil(own.getWaitTime(1) / 1_000));
  }

  #bucketOf(caller: string): TokenBucket {
    let own = this.#callers.get(caller);
    if (!own) {
      own = bucket(this.#perCaller, this.#total);
      this.#callers.set(caller, own);
    }
    return own;
  }
}
