import type { Counter, Histogram } from 'prom-client';
import { ServiceMetrics } from '../shared/service-metrics.js';
import type { LeaderFinder } from './leader-finder.js';
import type { RouteCounts } from './live/route-rates.js';
import { unreadiness } from './readiness.js';
import type { StockLookup } from './stock-lookup.js';

/** What the frontend counts, for Prometheus. */
export class Metrics extends ServiceMetrics {
  readonly #requests = this.counter('stock_http_requests_total', 'Requests by method, route and status', [
    'method',
    'route',
    'status',
  ]);
  readonly #durations = this.durations(
    'stock_http_request_duration_seconds',
    'Time from the request to its answer, by method and route',
    ['method', 'route'],
  );

  /** Bounded by methods, routes and statuses. */
  readonly #series = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>();

  /** Counts a request. Its series are looked up once per kind of request: by labels that costs a tenth of a lookup. */
  request(method: string, route: string, status: number, durationMs: number): void {
    const kind = `${status} ${method} ${route}`;
    let series = this.#series.get(kind);
    if (!series) {
      const count = this.#requests.labels(method, route, String(status));
      series = { count, duration: this.#durations.labels(method, route) };
      this.#series.set(kind, series);
    }
    series.count.inc();
    series.duration.observe(durationMs / 1000);
  }

  /** How often each route was asked so far, and how long it took. */
  async routeCounts(): Promise<RouteCounts[]> {
    const counts = new Map<string, { upToS: number; count: number }[]>();
    for (const { labels, metricName, value } of (await this.#durations.get()).values) {
      if (metricName?.endsWith('_bucket')) {
        const route = `${labels.method} ${labels.route}`;
        const { le } = labels as { le?: number | string };
        const upToS = le === '+Inf' ? Infinity : Number(le);
        counts.set(route, [...(counts.get(route) ?? []), { upToS, count: value }]);
      }
    }
    return [...counts].map(([route, buckets]) => ({ route, buckets }));
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
