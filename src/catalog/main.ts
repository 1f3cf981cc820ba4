import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { CatalogService } from '#services';
import { systemClock } from '../shared/clock.js';
import { ConfigError } from '../shared/config.js';
import { serveGrpc } from '../shared/grpc-server.js';
import { serveMetrics } from '../shared/metrics-server.js';
import { runService } from '../shared/run-service.js';
import { ServiceMetrics } from '../shared/service-metrics.js';
import { readIdentity } from '../shared/tls-identity.js';
import { openVolume } from '../shared/volume.js';
import { watchCatalog } from './catalog-metrics.js';
import { CacheSessions } from './cache-sessions.js';
import { HttpInvalidator } from './cache-invalidator.js';
import { Catalog } from './catalog.js';
import { catalogService } from './catalog-service.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { SnapshotLoop } from './snapshot-loop.js';
import { ensureStockFile, readStocks, writeStocks } from './stock-file.js';

await runService(
  () => 'catalog',
  async ({ config, logger, fatal, onStop }) => {
    const identity = readIdentity(config, 'catalog');
    const volume = await openVolume(config.DATA_DIR, 'catalog', fatal);
    onStop(() => volume.release());

    const stockFile = await ensureStockFile(volume.directory, config.INITIAL_CATALOG);
    const stocks = await readStocks(stockFile);
    const snapshotNumber = stocks.reduce((max, stock) => Math.max(max, stock.version), 0);
    const ledger = new Ledger(stocks, randomInt(2 ** 32));
    const journalEnd = Journal.read(volume.directory, ledger);
    if (snapshotNumber > ledger.end.number) {
      throw new ConfigError(
        `${stockFile} has seen trade ${snapshotNumber} but journal.csv ends with ${ledger.end.number}: ` +
          'restore journal.csv from a copy, or remove catalog.csv to start from the initial catalog',
      );
    }
    const metrics = new ServiceMetrics();
    const writes = metrics.durations('stock_file_write_duration_seconds', 'Durable writes of the journal');
    const journal = await Journal.open(journalEnd, fatal, (tookMs) => writes.observe(tookMs / 1_000));
    onStop(() => journal.close());
    if (journalEnd.tornBytes > 0) {
      logger.warn(`journal.csv: dropped ${journalEnd.tornBytes} bytes of a record that a crash had cut off`);
    }

    const invalidator = new HttpInvalidator(identity);
    onStop(() => invalidator.close());
    const sessions = new CacheSessions(config.LEASE_MS);
    const alarm = (text: string) => logger.error(`ALARM: ${text}. Was an old disk restored?`);
    const catalog = new Catalog({ ledger, journal, sessions, invalidator, clock: systemClock, alarm });

    const snapshots = new SnapshotLoop(
      catalog,
      (state) => writeStocks(stockFile, state),
      snapshotNumber,
      logger,
    );
    snapshots.start(config.SNAPSHOT_INTERVAL_MS, systemClock);
    onStop(() => snapshots.stop());

    metrics.watchCertificate(identity);
    watchCatalog(metrics, catalog, sessions);
    const batchOrders = metrics.orderCounts('stock_batch_orders', 'Orders of a batch');
    const batches = metrics.durations(
      'stock_batch_duration_seconds',
      'From the arrival of a batch until it is durable, invalidated and visible',
    );
    const { METRICS_PORT_OFFSET: offset, CATALOG_PORT: port } = config;
    if (offset > 0) {
      const metricsServer = await serveMetrics(metrics.registry, config.BIND_HOST, port + offset);
      onStop(() => metricsServer.close());
    }

    const server = await serveGrpc(
      CatalogService,
      catalogService(catalog, {
        leaseMs: config.LEASE_MS,
        catalogId: randomBytes(6).toString('hex'),
        frontendAddresses: config.FRONTEND_ADDRESSES,
        mintOrderId: randomUUID,
        onBatch: (orders, tookMs) => {
          batchOrders.observe(orders);
          batches.observe(tookMs / 1_000);
        },
      }),
      { host: config.BIND_HOST, port: config.CATALOG_PORT, setting: 'CATALOG_PORT' },
      logger,
      identity,
    );
    onStop(() => server.close());
    logger.info(
      `catalog ready on ${config.BIND_HOST}:${server.port} with ${stocks.length} stocks and ${ledger.end.number} trades`,
    );
  },
);
