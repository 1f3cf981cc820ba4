import type { Distribution } from '../shared/histogram.js';
import { ServiceMetrics } from '../shared/service-metrics.js';
import type { LeaderFinder } from './leader-finder.js';
import type { RouteCounts } from './live/route-rates.js';
import { unreadiness } from './readiness.js';
import type { StockLookup } from './stock-lookup.js';

type Labels = Record<'method' | 'route' | 'status', string>;

/** What is counted of one method of one route. */
export class RouteMetrics {
  readonly #method: string;
  readonly #route: string;
  readonly #durations: Distribution;
  /** Answers by status. */
  readonly #answers = new Map<number, number>();

  constructor(method: string, route: string, durations: Distribution) {
    this.#method = method;
    this.#route = route;
    this.#durations = durations;
  }

  answered(status: number, tookMs: number): void {
    this.#answers.set(status, (this.#answers.get(status) ?? 0) + 1);
    this.#durations.observe(tookMs / 1_000);
  }

  tell(set: (labels: Labels, value: number) => void): void {
    for (const [status, count] of this.#answers) {
      set({ method: this.#method, route: this.#route, status: String(status) }, count);
    }
  }
}

/** What the frontend counts, for Prometheus. */
export class Metrics extends ServiceMetrics {
  readonly #durations = this.durations(
    'stock_http_request_duration_seconds',
    'Time from the request to its answer, by method and route',
    ['method', 'route'],
  );

  /** Bounded by methods and routes. */
  readonly #routes = new Map<string, RouteMetrics>();

  constructor() {
    super();
    this.labelledTotal(
      'stock_http_requests_total',
      'Requests by method, route and status',
      ['method', 'route', 'status'],
      (set) => this.#routes.forEach((route) => route.tell(set)),
    );
  }

  /** What is counted of a route; for who asks often, to keep. */
  route(method: string, route: string): RouteMetrics {
    const key = `${method} ${route}`;
    let metrics = this.#routes.get(key);
    if (!metrics) {
      metrics = new RouteMetrics(method, route, this.#durations.labels(method, route));
      this.#routes.set(key, metrics);
    }
    return metrics;
  }

  /** How often each route was asked so far, and how long it took. */
  routeCounts(): Promise<RouteCounts[]> {
    return Promise.resolve(
      this.#durations.series.map(({ labels, cumulative }) => ({
        route: `${labels.method} ${labels.route}`,
        buckets: cumulative.map(({ upTo, count }) => ({ upToS: upTo, count })),
      })),
    );
  }

  /** Shows the cache and the leadership as they are when somebody looks. */
  watch(stocks: StockLookup, finder: LeaderFinder): void {
    this.labelledTotal(
      'stock_cache_lookups_total',
      'Stock lookups by use of the cache: hit, miss, bypass',
      ['use'],
      (set) => {
        const { hits, misses, bypasses } = stocks.counters;
        set({ use: 'hit' }, hits);
        set({ use: 'miss' }, misses);
        set({ use: 'bypass' }, bypasses);
      },
    );
    this.gauge(
      'stock_leader_id',
      'The order replica that leads; 0: none is known',
      () => finder.leader?.leaderId ?? 0,
    );
    this.gauge('stock_ready', '1: a trade would succeed; the same as /readyz', () =>
      Number(unreadiness(finder) === undefined),
    );
    this.total(
      'stock_leader_changes_total',
      'How often another replica, or one in a later term, was found to lead',
      () => finder.leaderChanges,
    );
    this.gauge('stock_term', 'The highest term that any order replica has claimed', () => finder.highestTerm);
    this.labelledGauge('stock_replica_up', '1: the replica answers heartbeats', ['replica'], (set) =>
      finder.replicas.forEach(({ id, state }) => set({ replica: String(id) }, Number(state !== undefined))),
    );
    this.labelledGauge(
      'stock_replica_lag',
      'Trades that a replica is behind the one that is ahead',
      ['replica'],
      (set) => {
        const ends = finder.replicas.map(({ state }) => state?.lastNumber ?? 0);
        finder.replicas.forEach(({ id, state }) => {
          if (state) {
            set({ replica: String(id) }, Math.max(...ends) - state.lastNumber);
          }
        });
      },
    );
  }

  /** Shows how many pages are open. */
  watchPages(events: { readonly size: number }): void {
    this.gauge('stock_open_pages', 'Pages that hear of what happens', () => events.size);
  }

  /** Shows how many orders are under way. */
  watchOrders(gateway: { readonly ordersInFlight: number }): void {
    this.gauge(
      'stock_orders_in_flight',
      'Orders that have not been answered yet',
      () => gateway.ordersInFlight,
    );
  }
}
