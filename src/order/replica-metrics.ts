import type { ServiceMetrics } from '../shared/service-metrics.js';
import type { OrderLog } from './order-log.js';
import type { Replica } from './replica.js';

/** What a replica tells when somebody looks. docs/operations.md lists it. */
export function watchReplica(metrics: ServiceMetrics, replica: Replica, log: OrderLog): void {
  metrics.gauge('stock_term', 'The highest term that this replica has seen', () => replica.leadership.term);
  metrics.labelledGauge('stock_replica_role', '1 for what this replica is now', ['role'], (set) =>
    set({ role: replica.role }, 1),
  );
  metrics.gauge('stock_replica_ready', '1: it could lead; 0: no catalog, or no room on the disk', () =>
    Number(replica.status.ready),
  );
  metrics.gauge(
    'stock_last_transaction_number',
    'Number of the last trade on the disk of this replica',
    () => log.durableEnd.number,
  );
  metrics.gauge(
    'stock_orders_in_flight',
    'Orders that the leader has not answered yet',
    () => replica.load.orders,
  );
  metrics.gauge(
    'stock_batches_waiting',
    'Batches that are decided and wait for disks of the leader or its followers',
    () => replica.load.batches,
  );
  metrics.gauge(
    'stock_in_sync_followers',
    'Followers that orders wait for; only the leader has any',
    () => replica.status.inSyncIds.length,
  );
}
