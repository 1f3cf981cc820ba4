import type { ServiceMetrics } from '../shared/service-metrics.js';
import type { CacheSessions } from './cache-sessions.js';
import type { Catalog } from './catalog.js';

/** What the catalog tells when somebody looks. docs/operations.md lists it. */
export function watchCatalog(metrics: ServiceMetrics, catalog: Catalog, sessions: CacheSessions): void {
  metrics.gauge('stock_term', 'The current term', () => catalog.state.term);
  metrics.gauge('stock_leader_id', 'The order replica that leads; 0: none yet', () => catalog.state.leaderId);
  metrics.gauge(
    'stock_last_transaction_number',
    'Number of the last trade in the journal',
    () => catalog.state.lastNumber,
  );
  metrics.gauge('stock_cache_sessions', 'Frontends that may serve from their cache', () => sessions.size);
}
