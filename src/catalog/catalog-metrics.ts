import { code } from '../shared/answer-codes.js';
import type { ServiceMetrics } from '../shared/service-metrics.js';
import type { InvalidationWatch } from './cache-invalidator.js';
import type { CacheSessions } from './cache-sessions.js';
import type { Catalog } from './catalog.js';
import type { CatalogServiceSettings } from './catalog-service.js';

/** What the catalog tells when somebody looks. docs/operations.md lists it. */
export function watchCatalog(metrics: ServiceMetrics, catalog: Catalog, sessions: CacheSessions): void {
  metrics.gauge('stock_term', 'The current term', () => catalog.state.term);
  metrics.gauge('stock_leader_id', 'The order replica that leads; 0: none yet', () => catalog.state.leaderId);
  metrics.gauge(
    'stock_last_transaction_number',
    'Number of the last trade in the journal',
    () => catalog.state.lastNumber,
  );
  metrics.gauge('stock_takes_trades', '1: trades are executed; 0: no room on the disk, or just started', () =>
    Number(catalog.takesTrades),
  );
  metrics.gauge('stock_cache_sessions', 'Frontends that may serve from their cache', () => sessions.size);
}

type Measured = Required<
  Pick<CatalogServiceSettings, 'onBatch' | 'onClaim'> & Pick<InvalidationWatch, 'onInvalidated'>
> & { readonly onAlarm: () => void };

/** Measures batches, claims to lead, invalidations and alarms. */
export function measureCatalog(metrics: ServiceMetrics): Measured {
  const orders = metrics.orderCounts('stock_batch_orders', 'Orders of a batch').labels();
  const batches = metrics
    .durations(
      'stock_batch_duration_seconds',
      'From the arrival of a batch until it is durable, invalidated and visible',
    )
    .labels();
  const claims = { granted: 0, refused: 0 };
  metrics.labelledTotal(
    'stock_elections_total',
    'Claims to lead: granted, so that a term began, or refused',
    ['outcome'],
    (set) => {
      set({ outcome: 'granted' }, claims.granted);
      set({ outcome: 'refused' }, claims.refused);
    },
  );
  const invalidations = metrics.durations(
    'stock_invalidation_duration_seconds',
    'From an invalidation until the frontend has acknowledged it, or its lease has ended (failed)',
    ['outcome'],
  );
  let alarms = 0;
  metrics.total('stock_alarms_total', 'Replicas that knew trades which the journal does not', () => alarms);
  return {
    onAlarm() {
      alarms += 1;
    },
    onBatch(count, tookMs) {
      orders.observe(count);
      batches.observe(tookMs / 1_000);
    },
    onClaim(answer) {
      claims[answer === code.ok ? 'granted' : 'refused'] += 1;
    },
    onInvalidated: (outcome, tookMs) => invalidations.labels(outcome).observe(tookMs / 1_000),
  };
}
