// One catalog and two frontends, the product's own cores, with the network, the clock and the disk in the hands of a
// property test; and the reference that says how old the oldest state is that a lookup may show.
import { CacheSessions } from '../../src/catalog/cache-sessions.js';
import { Catalog, type JournalPort } from '../../src/catalog/catalog.js';
import { Ledger } from '../../src/catalog/ledger.js';
import { CacheLease } from '../../src/frontend/cache-lease.js';
import { StockCache } from '../../src/frontend/stock-cache.js';
import { StockLookup } from '../../src/frontend/stock-lookup.js';
import type { Trade } from '../../src/shared/domain.js';
import { DriftingClock } from './drifting-clock.js';
import { stock } from './example-trades.js';
import { Post } from './post.js';
import { catalogPort, invalidationPort, leaseMs, never, type CatalogLife } from './posted-ports.js';
import { SilentLogger } from './silent-logger.js';
import { settle, VirtualClock } from './virtual-clock.js';

const lookupBudgetMs = 1_200;

/** One more than a frontend caches, so that they are evicted. */
const names = ['A', 'B', 'C'] as const;
const capacity = 2;

/** A process of the catalog. What it awaits when it ends never comes. */
interface TimedLife extends CatalogLife {
  readonly clock: DriftingClock;
}

interface Frontend {
  readonly clock: DriftingClock;
  readonly lease: CacheLease;
  readonly stocks: StockLookup;
}

export class CachedExchange {
  readonly clock = new VirtualClock();
  readonly post = new Post();
  /** What was shown although it was too old. */
  readonly violations: string[] = [];
  /** How often a lookup was answered from a cache. */
  hits = 0;
  /** Trades that the current process of the catalog has not answered yet. */
  unanswered = 0;
  readonly #rates: readonly number[];
  /** What is on the catalog's disk. */
  readonly #journal: Trade[] = [];
  #diskBusy: Promise<void> | undefined;
  #freeDisk: () => void = () => undefined;
  /** Per stock, the version that somebody was shown, or told of. */
  readonly #known = new Map<string, number>();
  readonly #frontends: Frontend[] = [];
  #life: TimedLife;
  #orders = 0;
  #boots = 0;
  #probes = 0;

  /** @param rates how fast the clock of each frontend runs; the catalog's tells the truth */
  constructor(rates: readonly number[]) {
    this.#rates = rates;
    this.#life = this.#startCatalog();
    rates.forEach((_, index) => this.#startFrontend(index));
  }

  /** The oldest version of a stock that a lookup which begins now may show. */
  oldest(name: string): number {
    const view = this.#life.catalog.lookup(name, '');
    const visible = view === undefined || view instanceof Promise ? 0 : view.stock.version;
    return Math.max(visible, this.#known.get(name) ?? 0);
  }

  trade(pick: number): void {
    const name = names[pick % names.length] as string;
    const life = this.#life;
    this.#orders += 1;
    this.unanswered += 1;
    const what = { orderId: `order-${this.#orders}`, name, type: 'sell', quantity: 1 };
    void life.catalog
      .trade({ term: 0, leaderId: 0, firstNumber: 0, orders: [what] })
      .then(({ decisions }) => {
        const [decision] = decisions;
        if (!life.over && decision && 'number' in decision) {
          this.unanswered -= 1;
          this.#know(name, decision.number);
        }
      });
  }

  /** A lookup as a request makes it: from the cache, or by asking. */
  lookUp(frontendPick: number, stockPick: number): void {
    const name = names[stockPick % names.length] as string;
    const { stocks } = this.#frontends[frontendPick % this.#frontends.length] as Frontend;
    if (!this.#fromCache(stocks, name)) {
      const oldest = this.oldest(name);
      void stocks.find(name).then(
        (found) => this.#shown(name, found.stock?.version ?? -1, oldest, found.use),
        () => undefined,
      );
    }
  }

  /** Looks whether any cache would show now what it must not. In turns, so that each stock is evicted at times. */
  probe(): void {
    this.#probes += 1;
    for (const { stocks } of this.#frontends) {
      names.forEach((_, at) => this.#fromCache(stocks, names[(at + this.#probes) % names.length] as string));
    }
  }

  /** Time goes by, and messages are delivered meanwhile. */
  async run(ms: number): Promise<void> {
    const sliceMs = 20;
    for (let passedMs = 0; passedMs < ms; passedMs += sliceMs) {
      await this.clock.advance(Math.min(sliceMs, ms - passedMs));
      await this.post.flow();
      this.probe();
    }
  }

  /** The disk takes its time from now on. */
  keepDiskBusy(): void {
    this.#diskBusy ??= new Promise((resolve) => {
      this.#freeDisk = resolve;
    });
  }

  freeDisk(): void {
    this.#diskBusy = undefined;
    this.#freeDisk();
  }

  restartCatalog(): void {
    this.#life.over = true;
    this.#life.clock.end();
    this.unanswered = 0;
    this.#life = this.#startCatalog();
  }

  /** @param orderly whether it gives its lease back first */
  restartFrontend(pick: number, orderly: boolean): void {
    const index = pick % this.#frontends.length;
    const { lease, clock } = this.#frontends[index] as Frontend;
    void (orderly && lease.stop());
    clock.end();
    this.#startFrontend(index);
  }

  /** Ends all loops. */
  async close(): Promise<void> {
    this.#frontends.forEach(({ lease }) => void lease.stop());
    await this.post.flow();
  }

  #fromCache(stocks: StockLookup, name: string): boolean {
    const oldest = this.oldest(name);
    const hit = stocks.cached(name);
    if (hit) {
      this.hits += 1;
      this.#shown(name, hit.version, oldest, 'HIT');
    }
    return hit !== undefined;
  }

  #shown(name: string, version: number, oldest: number, use: string): void {
    if (version < oldest) {
      this.violations.push(`${use} of ${name} shows version ${version} after ${oldest} was known`);
    }
    this.#know(name, version);
  }

  #know(name: string, version: number): void {
    this.#known.set(name, Math.max(version, this.#known.get(name) ?? 0));
  }

  #startCatalog(): TimedLife {
    const clock = new DriftingClock(this.clock, 1);
    const ledger = new Ledger(names.map((name) => stock(name, 100)));
    this.#journal.forEach((trade) => ledger.replayTrade(trade));
    const journal: JournalPort = {
      appendBatch: async ({ trades }) => {
        await (this.#diskBusy ?? settle());
        await (life.over ? never : undefined);
        this.#journal.push(...trades);
      },
      appendTerm: () => never,
      tryRoom: () => never,
    };
    const sessions = new CacheSessions(leaseMs);
    const alarm = (text: string) => this.violations.push(text);
    const invalidator = invalidationPort(
      this.post,
      clock,
      () => life,
      (address) => this.#frontends[Number(address)] as Frontend,
    );
    this.#boots += 1;
    const life: TimedLife = {
      id: String(this.#boots),
      clock,
      over: false,
      catalog: new Catalog({ ledger, journal, sessions, invalidator, clock, alarm }),
    };
    return life;
  }

  #startFrontend(index: number): void {
    this.#boots += 1;
    const clock = new DriftingClock(this.clock, this.#rates[index] as number);
    const port = catalogPort(this.post, clock, String(index), () => this.#life);
    const lease = new CacheLease({
      port,
      clock,
      instanceId: `frontend${index}-${this.#boots}`,
      renewIntervalMs: leaseMs / 3,
      onSessionEnd: () => stocks.clear(),
      logger: new SilentLogger(),
    });
    const stocks = new StockLookup(port, new StockCache(capacity), lease, clock, lookupBudgetMs);
    this.#frontends[index] = { clock, lease, stocks };
    lease.start();
  }
}
