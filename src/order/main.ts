import { randomUUID } from 'node:crypto';
import { OrderService } from '#services';
import { systemClock } from '../shared/clock.js';
import { replicaNumbers, type Config, type ReplicaNumber } from '../shared/config.js';
import { channelOpener } from '../shared/grpc-channel.js';
import { serveGrpc } from '../shared/grpc-server.js';
import { serveMetrics } from '../shared/metrics-server.js';
import { OrderTraces } from '../shared/order-traces.js';
import { runService } from '../shared/run-service.js';
import { ServiceMetrics } from '../shared/service-metrics.js';
import { readIdentity } from '../shared/tls-identity.js';
import { openTracer } from '../shared/tracing.js';
import { orderIds } from '../shared/trade-line.js';
import { openVolume } from '../shared/volume.js';
import { ActiveCatalog } from './active-catalog.js';
import { CatalogClient } from './catalog-client.js';
import { OrderLog } from './order-log.js';
import { orderService } from './order-service.js';
import { PeerClient } from './peer-client.js';
import { measureLeader, watchReplica } from './replica-metrics.js';
import { Replica, type ReplicaParts } from './replica.js';

/** How long another service may take to answer, ms. */
const callDeadlineMs = 1_000;
/** How much of the time that a request may take orders wait for a silent catalog. */
const ledgerPatienceShare = 0.8;
/** How long a leader that stops may take for the orders that are under way, ms. */
const finishMs = 500;

function replicaId(config: Config): ReplicaNumber {
  const id = replicaNumbers.find((number) => number === config.REPLICA_ID);
  if (!id) {
    throw new Error('an order process without a REPLICA_ID has got past the check of its settings');
  }
  return id;
}

function timing({ FOLLOWER_TIMEOUT_MS: followerTimeoutMs }: Config): ReplicaParts['timing'] {
  return {
    followerTimeoutMs,
    idleIntervalMs: followerTimeoutMs,
    retryIntervalMs: followerTimeoutMs,
    newsPatienceMs: 2 * followerTimeoutMs,
    ledgerWatchIntervalMs: 500,
  };
}

function limits({ REQUEST_BUDGET_MS: budgetMs }: Config): ReplicaParts['limits'] {
  return {
    maxInFlight: 1_024,
    // Longer than a catalog needs to restart, and shorter than the frontend waits: it hears for certain that nothing
    // was done.
    ledgerPatienceMs: ledgerPatienceShare * budgetMs,
    retryIntervalMs: 50,
  };
}

await runService(
  'order',
  (config) => `order-${replicaId(config)}`,
  async ({ config, logger, fatal, onStop }) => {
    const id = replicaId(config);
    const identity = readIdentity(config, `order-${id}`);
    const openChannel = channelOpener(identity);
    const volume = await openVolume(config.DATA_DIR, `order-${id}`, fatal);
    onStop(() => volume.release());

    const tracer = await openTracer(`order-${id}`, config, logger);
    onStop(() => tracer?.close());
    const traces = tracer && new OrderTraces(tracer);
    const requestIds = logger.isLevelEnabled('debug') ? new Map<string, string>() : undefined;
    const metrics = new ServiceMetrics();
    const { onBatch, onCopied } = measureLeader(metrics);
    const writes = metrics
      .durations('stock_file_write_duration_seconds', 'Durable writes of the order log')
      .labels();
    const { log, droppedBytes } = await OrderLog.open(volume.directory, fatal, (tookMs, lines) => {
      writes.observe(tookMs / 1_000);
      if (traces?.any) {
        traces.record('write orders.csv', orderIds(lines), tookMs);
      }
    });
    onStop(() => log.close());
    if (droppedBytes > 0) {
      logger.warn(`orders.csv: dropped ${droppedBytes} bytes of a record that a crash had cut off`);
    }

    const catalogs = config.CATALOG_ADDRESSES.map((address) => {
      const channel = openChannel('catalog', address);
      return new CatalogClient(channel, callDeadlineMs, { onBatch, traces, requestIds });
    });
    const ledger = new ActiveCatalog(catalogs);
    onStop(() => ledger.close());
    const peers = replicaNumbers
      .filter((number) => number !== id)
      .map((number) => {
        const channel = openChannel(`order-${number}`, config.orderAddresses[number]);
        return new PeerClient(number, channel, id, callDeadlineMs, { onCopied, traces });
      });
    onStop(() => peers.forEach((peer) => peer.close()));

    const replica = new Replica({
      id,
      log,
      ledger,
      peers,
      clock: systemClock,
      timing: timing(config),
      limits: limits(config),
      logger,
      fatal,
    });
    replica.start();

    metrics.watchCertificate(identity);
    watchReplica(metrics, replica, log);
    onStop(await serveMetrics(metrics.registry, config, config.orderPorts[id]));

    const server = await serveGrpc(
      OrderService,
      orderService(replica, log, randomUUID, { logger, traces, requestIds }),
      { host: config.BIND_HOST, port: config.orderPorts[id], setting: `ORDER_${id}_PORT` },
      { logger, identity, isReady: () => replica.unreadyReason === '' },
    );
    onStop(() => server.close());
    // While it still answers, and says that it does not lead: nobody has to find out by a timeout.
    onStop(() => replica.retire(finishMs));
    logger.info(
      `order replica ${id} ready on ${config.BIND_HOST}:${server.port} with ${log.end.number} orders`,
    );
  },
);
