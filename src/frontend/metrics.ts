import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { LeaderFinder } from './leader-finder.js';
import type { RouteCounts } from './live/route-rates.js';
import type { StockLookup } from './stock-lookup.js';

/** What the frontend counts, for Prometheus. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'stock_http_requests_total',
    help: 'Requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #durations = new Histogram({
    name: 'stock_http_request_duration_seconds',
    help: 'Time from the request to its answer, by method and route',
    labelNames: ['method', 'route'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  /** Bounded by methods, routes and statuses. */
  readonly #series = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

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
    this.#gauge(
      'stock_cache_lookups_total',
      'Stock lookups by use of the cache: hit, miss, bypass',
      ['use'],
      (gauge) => {
        const { hits, misses, bypasses } = stocks.counters;
        gauge.set({ use: 'hit' }, hits);
        gauge.set({ use: 'miss' }, misses);
        gauge.set({ use: 'bypass' }, bypasses);
      },
    );
    this.#gauge('stock_leader_id', 'The order replica that leads; 0: none is known', [], (gauge) => {
      gauge.set(finder.leader?.leaderId ?? 0);
    });
    this.#gauge('stock_term', 'The highest term that any order replica has claimed', [], (gauge) => {
      gauge.set(finder.highestTerm);
    });
  }

  /** Shows how many pages are open. */
  watchPages(events: { readonly size: number }): void {
    this.#gauge('stock_open_pages', 'Pages that hear of what happens', [], (gauge) => gauge.set(events.size));
  }

  #gauge(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const collect = () => read(gauge);
    const gauge: Gauge = new Gauge({ name, help, labelNames, collect, registers: [] });
    this.registry.registerMetric(gauge);
  }
}
