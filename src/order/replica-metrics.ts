import type { ServiceMetrics } from '../shared/service-metrics.js';
import type { BatchWatch } from './catalog-client.js';
import type { OrderLog } from './order-log.js';
import type { CopyWatch } from './peer-client.js';
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
    'stock_orders_waiting',
    'Those of them that wait for the batch before theirs to be decided',
    () => replica.load.waiting,
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

/** Measures what a leader does with its batches. */
export function measureLeader(
  metrics: ServiceMetrics,
): Required<Pick<BatchWatch, 'onBatch'> & Pick<CopyWatch, 'onCopied'>> {
  const orders = metrics.orderCounts('stock_batch_orders', 'Orders of a batch').labels();
  const decided = metrics
    .durations('stock_ledger_duration_seconds', 'From the sending of a batch to the catalog until its answer')
    .labels();
  const copied = metrics.durations(
    'stock_replication_duration_seconds',
    'From the sending of orders to a follower until it has them on its disk',
    ['follower'],
  );
  return {
    onBatch(count, tookMs) {
      orders.observe(count);
      decided.observe(tookMs / 1_000);
    },
    onCopied(follower, tookMs) {
      copied.labels(String(follower)).observe(tookMs / 1_000);
    },
  };
}
