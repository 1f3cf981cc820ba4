import { randomUUID } from 'node:crypto';
import { OrderService } from '#services';
import { systemClock } from '../shared/clock.js';
import { ConfigError, replicaNumbers, type Config, type ReplicaNumber } from '../shared/config.js';
import { channelOpener } from '../shared/grpc-channel.js';
import { serveGrpc } from '../shared/grpc-server.js';
import { serveMetrics } from '../shared/metrics-server.js';
import { runService } from '../shared/run-service.js';
import { ServiceMetrics } from '../shared/service-metrics.js';
import { readIdentity } from '../shared/tls-identity.js';
import { openVolume } from '../shared/volume.js';
import { CatalogClient } from './catalog-client.js';
import { OrderLog } from './order-log.js';
import { orderService } from './order-service.js';
import { PeerClient } from './peer-client.js';
import { watchReplica } from './replica-metrics.js';
import { Replica } from './replica.js';

/** How long another service may take to answer, ms. */
const callDeadlineMs = 1_000;

function replicaId(config: Config): ReplicaNumber {
  const id = replicaNumbers.find((number) => number === config.REPLICA_ID);
  if (!id) {
    throw new ConfigError('REPLICA_ID is not set: say which replica this process is (1, 2 or 3)');
  }
  return id;
}

await runService(
  (config) => `order-${replicaId(config)}`,
  async ({ config, logger, fatal, onStop }) => {
    const id = replicaId(config);
    const identity = readIdentity(config, `order-${id}`);
    const openChannel = channelOpener(identity);
    const volume = await openVolume(config.DATA_DIR, `order-${id}`, fatal);
    onStop(() => volume.release());

    const metrics = new ServiceMetrics();
    const writes = metrics.durations('stock_file_write_duration_seconds', 'Durable writes of the order log');
    const { log, droppedBytes } = await OrderLog.open(volume.directory, fatal, (tookMs) =>
      writes.observe(tookMs / 1_000),
    );
    onStop(() => log.close());
    if (droppedBytes > 0) {
      logger.warn(`orders.csv: dropped ${droppedBytes} bytes of a record that a crash had cut off`);
    }

    const ledger = new CatalogClient(openChannel('catalog', config.CATALOG_ADDRESS), callDeadlineMs);
    onStop(() => ledger.close());
    const peers = replicaNumbers
      .filter((number) => number !== id)
      .map((number) => {
        const channel = openChannel(`order-${number}`, config.orderAddresses[number]);
        return new PeerClient(number, channel, id, callDeadlineMs);
      });
    onStop(() => peers.forEach((peer) => peer.close()));

    const replica = new Replica({
      id,
      log,
      ledger,
      peers,
      clock: systemClock,
      timing: {
        followerTimeoutMs: config.FOLLOWER_TIMEOUT_MS,
        idleIntervalMs: config.FOLLOWER_TIMEOUT_MS,
        retryIntervalMs: config.FOLLOWER_TIMEOUT_MS,
        newsPatienceMs: 2 * config.FOLLOWER_TIMEOUT_MS,
        ledgerWatchIntervalMs: 500,
      },
      // A catalog that crashed needs about 2 s in a container, and 3 s where its lock has to go stale.
      limits: { maxInFlight: 1_024, ledgerPatienceMs: 4_000, retryIntervalMs: 50 },
      logger,
      fatal,
    });
    replica.start();
    onStop(() => replica.stop());

    metrics.watchCertificate(identity);
    watchReplica(metrics, replica, log);
    const { METRICS_PORT_OFFSET: offset, orderPorts } = config;
    if (offset > 0) {
      const metricsServer = await serveMetrics(metrics.registry, config.BIND_HOST, orderPorts[id] + offset);
      onStop(() => metricsServer.close());
    }

    const server = await serveGrpc(
      OrderService,
      orderService(replica, log, randomUUID, logger),
      { host: config.BIND_HOST, port: config.orderPorts[id], setting: `ORDER_${id}_PORT` },
      logger,
      identity,
    );
    onStop(() => server.close());
    logger.info(
      `order replica ${id} ready on ${config.BIND_HOST}:${server.port} with ${log.end.number} orders`,
    );
  },
);
