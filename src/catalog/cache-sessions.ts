// Which frontends may serve lookups from their cache, until when, and what they were handed. A session is one
// unbroken stretch of leases of one frontend: when a lease has run out the frontend throws its cache away and begins
// a new session. No I/O, and time is a parameter.

/** How far the clocks of two machines may drift apart during one lease: 2 %. */
const clockTolerance = 1.02;

/** A frontend that has left an invalidation unanswered for longer than this gets no more leases, ms. */
const answerPatienceMs = 40;

export interface CacheSession {
  readonly id: string;
  /** Where its frontend takes invalidations, host:port. */
  readonly address: string;
  /** When its lease has ended for certain. */
  readonly leaseEndsMs: number;
}

interface Session extends CacheSession {
  leaseEndsMs: number;
  readonly handed: Set<string>;
  /** When the oldest invalidation without an answer was sent. */
  unansweredSinceMs: number | undefined;
}

export type RenewalOutcome = 'granted' | 'ended' | 'withheld';

export class CacheSessions {
  readonly #leaseMs: number;
  readonly #sessions = new Map<string, Session>();

  /** @param leaseMs how long a frontend may serve from its cache after each renewal */
  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs * clockTolerance;
  }

  /** How long after its last renewal a lease of an unknown frontend may still run, ms. */
  get longestLeaseMs(): number {
    return this.#leaseMs;
  }

  /** How many sessions are remembered, those included whose end nobody has noticed yet. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Begins a session. Others of the same address go on until their leases end: another process may hold them. */
  begin(id: string, address: string, nowMs: number): void {
    this.#forgetEnded(nowMs);
    if (this.#sessions.has(id)) {
      // The request came twice: what the session has been handed meanwhile must not be forgotten.
      return;
    }
    this.#sessions.set(id, {
      id,
      address,
      leaseEndsMs: nowMs + this.#leaseMs,
      handed: new Set(),
      unansweredSinceMs: undefined,
    });
  }

  renew(id: string, nowMs: number): RenewalOutcome {
    const session = this.#live(id, nowMs);
    if (!session) {
      return 'ended';
    }
    if (session.unansweredSinceMs !== undefined && nowMs - session.unansweredSinceMs > answerPatienceMs) {
      return 'withheld';
    }
    session.leaseEndsMs = nowMs + this.#leaseMs;
    return 'granted';
  }

  release(id: string): void {
    this.#sessions.delete(id);
  }

  /** Notes that a session is given a stock to cache. False: it must not cache it. */
  hand(id: string, stock: string, nowMs: number): boolean {
    const session = this.#live(id, nowMs);
    session?.handed.add(stock);
    return session !== undefined;
  }

  /** Takes a stock from a session; true if it had been handed there. Called before the invalidation is sent. */
  take(id: string, stock: string, nowMs: number): boolean {
    const session = this.#sessions.get(id);
    if (!session?.handed.delete(stock)) {
      return false;
    }
    session.unansweredSinceMs ??= nowMs;
    return true;
  }

  /** All that were sent to a session have been answered. */
  answered(id: string): void {
    const session = this.#sessions.get(id);
    if (session) {
      session.unansweredSinceMs = undefined;
    }
  }

  /** The sessions that may be serving from their caches now. */
  live(nowMs: number): readonly CacheSession[] {
    this.#forgetEnded(nowMs);
    return [...this.#sessions.values()];
  }

  #live(id: string, nowMs: number): Session | undefined {
    const session = this.#sessions.get(id);
    return session && session.leaseEndsMs > nowMs ? session : undefined;
  }

  #forgetEnded(nowMs: number): void {
    for (const [id, session] of this.#sessions) {
      if (session.leaseEndsMs <= nowMs) {
        this.#sessions.delete(id);
      }
    }
  }
}
