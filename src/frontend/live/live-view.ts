// What the page shows, put together from what the frontend knows anyway and from a few questions. It takes a step when
// it is told to; so nothing is asked, and nothing kept, while nobody watches.
import type { LeaderFinder } from '../leader-finder.js';
import type { ExecutedOrder, OrderGateway } from '../order-gateway.js';
import type { CacheCounters } from '../stock-cache.js';
import { unreadiness } from '../readiness.js';
import type { StockLookup } from '../stock-lookup.js';
import type { ListedStock } from '../stock.js';
import { CatalogWatch } from './catalog-watch.js';
import { ClusterWatch } from './cluster-watch.js';
import { happeningsBetween, type LiveProcesses } from './happenings.js';
import type { Happening, LiveCache, LiveState, LiveStock, LiveUpdate, Sample } from './messages.js';
import { Question } from './question.js';
import { routeRates, type RouteCounts } from './route-rates.js';

/** How many rows of a larger catalog are shown. */
const shownStocks = 200;
/** How many trades are shown, and told at once. */
const shownTrades = 50;
/** How far back samples and happenings go, ms. */
const memoryMs = 5 * 60_000;
/** A replica that crashes again and again shall not fill the memory. */
const maxHappenings = 200;
const sampleIntervalMs = 1_000;

/** How often all stocks are asked for, ms: with many of them that is work for the catalog. */
const stocksIntervalMs = (count: number): number => (count <= 1_000 ? 1_000 : 15_000);

interface Counts {
  readonly atMs: number;
  readonly routes: readonly RouteCounts[];
  readonly cache: CacheCounters;
}

export interface LiveParts {
  readonly instanceId: string;
  /** The time of day at which this frontend started, ms since 1970. */
  readonly startedAtMs: number;
  readonly finder: Pick<LeaderFinder, 'leader' | 'highestTerm' | 'replicas'>;
  readonly stocks: Pick<StockLookup, 'counters' | 'isCached'>;
  readonly catalog: {
    listStocks(): Promise<readonly ListedStock[]>;
    /** Rejects when no answer comes in time. */
    lookup(name: string, sessionId: string): Promise<unknown>;
  };
  readonly gateway: Pick<OrderGateway, 'newest'>;
  readonly metrics: { routeCounts(): Promise<readonly RouteCounts[]> };
  /** The time of day, ms since 1970. */
  readonly timeOfDay: () => number;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function hitRate(before: CacheCounters, now: CacheCounters): number | undefined {
  const hits = now.hits - before.hits;
  const all = hits + now.misses - before.misses + now.bypasses - before.bypasses;
  return all > 0 ? hits / all : undefined;
}

export class LiveView {
  readonly #parts: LiveParts;
  readonly #clusterWatch: ClusterWatch;
  readonly #catalogWatch: CatalogWatch;
  readonly #listing: Question<readonly ListedStock[]>;
  readonly #newest: Question<readonly ExecutedOrder[] | undefined>;
  readonly #counting: Question<Counts>;
  /** Undefined: nobody has looked yet, or for a while. */
  #processes: LiveProcesses | undefined;
  #unreadyReason = '';
  #cache: LiveCache = { capacity: 0, size: 0 };
  #catalog: readonly ListedStock[] = [];
  #stocks: readonly LiveStock[] = [];
  #trades: readonly ExecutedOrder[] = [];
  #samples: readonly Sample[] = [];
  #happenings: readonly Happening[] = [];
  #counts: Counts | undefined;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#clusterWatch = new ClusterWatch(parts.finder);
    // There is no stock without a name, but an answer.
    this.#catalogWatch = new CatalogWatch(() => parts.catalog.lookup('', ''));
    this.#listing = new Question(() => parts.catalog.listStocks());
    this.#newest = new Question(() => parts.gateway.newest(shownTrades));
    this.#counting = new Question(async () => {
      const atMs = parts.timeOfDay();
      return { atMs, cache: parts.stocks.counters, routes: await parts.metrics.routeCounts() };
    });
  }

  /** Everything, as of the last step. */
  get state(): LiveState {
    const { instanceId, startedAtMs } = this.#parts;
    return {
      instanceId,
      atMs: this.#parts.timeOfDay(),
      startedAtMs,
      cluster: this.#processes?.cluster ?? { leaderId: 0, term: 0, replicas: [] },
      catalog: this.#processes?.catalog ?? { state: 'unknown', answeredAtMs: 0 },
      unreadyReason: this.#unreadyReason,
      cache: this.#cache,
      stocks: this.#stocks,
      stockCount: this.#catalog.length,
      trades: this.#trades,
      samples: this.#samples,
      happenings: this.#happenings,
    };
  }

  /** Nobody has watched for a while: what changed meanwhile did not happen now. */
  resume(): void {
    this.#processes = undefined;
    this.#catalogWatch.resume();
    this.#counts = undefined;
  }

  /** Looks once more. @returns what has changed; undefined: nothing */
  step(): LiveUpdate | undefined {
    const atMs = this.#parts.timeOfDay();
    const changes: Omit<LiveUpdate, 'atMs'> = {
      ...this.#lookAtProcesses(atMs),
      ...this.#lookAtReadiness(),
      ...this.#lookAtCache(),
      ...this.#lookAtStocks(),
      ...this.#lookAtTrades(),
      ...this.#sample(atMs),
    };
    this.#ask(atMs);
    return Object.keys(changes).length > 0 ? { atMs, ...changes } : undefined;
  }

  #ask(atMs: number): void {
    this.#catalogWatch.ask(atMs);
    this.#listing.askIfDue(atMs, stocksIntervalMs(this.#catalog.length));
    this.#counting.askIfDue(atMs, sampleIntervalMs);
    const last = Math.max(
      0,
      ...(this.#processes?.cluster.replicas ?? []).map(({ lastNumber }) => lastNumber),
    );
    if (last > (this.#trades[0]?.number ?? 0)) {
      this.#newest.askIfDue(atMs, 0);
    }
  }

  #lookAtProcesses(atMs: number): Pick<LiveUpdate, 'cluster' | 'catalog' | 'happenings'> {
    const before = this.#processes;
    const now = { cluster: this.#clusterWatch.look(atMs), catalog: this.#catalogWatch.look(atMs) };
    this.#processes = now;
    const happenings = before ? happeningsBetween(before, now, atMs) : [];
    this.#happenings = [...this.#happenings, ...happenings]
      .filter((each) => each.atMs > atMs - memoryMs)
      .slice(-maxHappenings);
    return {
      ...(!isSame(now.cluster, before?.cluster) && { cluster: now.cluster }),
      ...(!isSame(now.catalog, before?.catalog) && { catalog: now.catalog }),
      ...(happenings.length > 0 && { happenings }),
    };
  }

  #lookAtReadiness(): Pick<LiveUpdate, 'unreadyReason'> {
    const unreadyReason = unreadiness(this.#parts.finder) ?? '';
    if (unreadyReason === this.#unreadyReason) {
      return {};
    }
    this.#unreadyReason = unreadyReason;
    return { unreadyReason };
  }

  #lookAtCache(): Pick<LiveUpdate, 'cache'> {
    const { capacity, size } = this.#parts.stocks.counters;
    const cache = { capacity, size };
    if (isSame(cache, this.#cache)) {
      return {};
    }
    this.#cache = cache;
    return { cache };
  }

  #lookAtStocks(): Pick<LiveUpdate, 'stocks' | 'stockCount'> {
    const before = new Map(this.#stocks.map((stock) => [stock.name, stock]));
    const countBefore = this.#catalog.length;
    this.#catalog = this.#listing.take() ?? this.#catalog;
    this.#stocks = this.#catalog.slice(0, shownStocks).map(({ name, price, quantity, volume }) => ({
      name,
      price,
      quantity,
      volume,
      cached: this.#parts.stocks.isCached(name),
    }));
    const stocks = this.#stocks.filter((stock) => !isSame(stock, before.get(stock.name)));
    const { length: stockCount } = this.#catalog;
    return { ...(stocks.length > 0 && { stocks }), ...(stockCount !== countBefore && { stockCount }) };
  }

  #lookAtTrades(): Pick<LiveUpdate, 'trades'> {
    const last = this.#trades[0]?.number ?? 0;
    const trades = (this.#newest.take() ?? []).filter(({ number }) => number > last);
    if (trades.length === 0) {
      return {};
    }
    this.#trades = [...trades, ...this.#trades].slice(0, shownTrades);
    return { trades };
  }

  #sample(atMs: number): Pick<LiveUpdate, 'sample'> {
    const counts = this.#counting.take();
    const before = this.#counts;
    if (!counts) {
      return {};
    }
    this.#counts = counts;
    if (!before) {
      return {};
    }
    const rate = hitRate(before.cache, counts.cache);
    const sample: Sample = {
      atMs: counts.atMs,
      routes: routeRates(before.routes, counts.routes, (counts.atMs - before.atMs) / 1_000),
      ...(rate !== undefined && { hitRate: rate }),
    };
    this.#samples = [...this.#samples, sample].filter((each) => each.atMs > atMs - memoryMs);
    return { sample };
  }
}
