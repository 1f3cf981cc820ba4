import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { CatalogService } from '#services';
import { systemClock } from '../shared/clock.js';
import { ConfigError, type Config } from '../shared/config.js';
import { serveGrpc } from '../shared/grpc-server.js';
import { serveMetrics } from '../shared/metrics-server.js';
import { OrderTraces } from '../shared/order-traces.js';
import { runService } from '../shared/run-service.js';
import { ServiceMetrics } from '../shared/service-metrics.js';
import { readIdentity } from '../shared/tls-identity.js';
import { openTracer } from '../shared/tracing.js';
import { openVolume } from '../shared/volume.js';
import { measureCatalog, watchCatalog } from './catalog-metrics.js';
import { CacheSessions } from './cache-sessions.js';
import { HttpInvalidator } from './cache-invalidator.js';
import { Catalog } from './catalog.js';
import { CommitTraces } from './commit-traces.js';
import { catalogService } from './catalog-service.js';
import { watchDisk } from './disk-watch.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { SnapshotLoop } from './snapshot-loop.js';
import { ensureStockFile, readStocks, writeStocks } from './stock-file.js';

/**
 * Reads stocks and journal as they are on the disk.
 * @throws ConfigError the two do not fit
 */
async function readState(config: Config, directory: string) {
  const stockFile = await ensureStockFile(directory, config.INITIAL_CATALOG);
  const stocks = await readStocks(stockFile);
  const snapshotNumber = stocks.reduce((max, stock) => Math.max(max, stock.version), 0);
  const ledger = new Ledger(stocks, randomInt(2 ** 32));
  const journalEnd = Journal.read(directory, ledger);
  if (snapshotNumber > ledger.end.number) {
    throw new ConfigError(
      `${stockFile} has seen trade ${snapshotNumber} but journal.csv ends with ${ledger.end.number}: ` +
        'restore journal.csv from a copy, or remove catalog.csv to start from the initial catalog',
    );
  }
  return { stockFile, stocks, snapshotNumber, ledger, journalEnd };
}

await runService(
  () => 'catalog',
  async ({ config, logger, fatal, onStop }) => {
    const identity = readIdentity(config, 'catalog');
    const volume = await openVolume(config.DATA_DIR, 'catalog', fatal);
    onStop(() => volume.release());

    const { stockFile, stocks, snapshotNumber, ledger, journalEnd } = await readState(
      config,
      volume.directory,
    );
    const tracer = await openTracer('catalog', config, logger);
    onStop(() => tracer?.close());
    const traces = tracer && new OrderTraces(tracer);
    const commits = traces && new CommitTraces(traces);
    const metrics = new ServiceMetrics();
    const { onBatch, onClaim, onInvalidated, onAlarm } = measureCatalog(metrics);
    const writes = metrics
      .durations('stock_file_write_duration_seconds', 'Durable writes of the journal')
      .labels();
    const journal = await Journal.open(journalEnd, fatal, (tookMs, lines) => {
      writes.observe(tookMs / 1_000);
      commits?.written(lines, tookMs);
    });
    onStop(() => journal.close());
    if (journalEnd.tornBytes > 0) {
      logger.warn(`journal.csv: dropped ${journalEnd.tornBytes} bytes of a record that a crash had cut off`);
    }

    const invalidator = new HttpInvalidator(identity, { onInvalidated, traces: commits });
    onStop(() => invalidator.close());
    const sessions = new CacheSessions(config.LEASE_MS);
    const alarm = (text: string) => {
      onAlarm();
      logger.error(`ALARM: ${text}. Was an old disk restored?`);
    };
    const catalog = new Catalog({ ledger, journal, sessions, invalidator, clock: systemClock, alarm });

    const snapshots = new SnapshotLoop(
      catalog,
      (state) => writeStocks(stockFile, state),
      snapshotNumber,
      logger,
    );
    snapshots.start(config.SNAPSHOT_INTERVAL_MS, systemClock);
    onStop(() => snapshots.stop());
    onStop(() => catalog.close());

    metrics.watchCertificate(identity);
    watchCatalog(metrics, catalog, sessions);
    onStop(watchDisk(catalog, volume.directory, systemClock));
    onStop(await serveMetrics(metrics.registry, config, config.CATALOG_PORT));

    const server = await serveGrpc(
      CatalogService,
      catalogService(catalog, {
        leaseMs: config.LEASE_MS,
        catalogId: randomBytes(6).toString('hex'),
        frontendAddresses: config.FRONTEND_ADDRESSES,
        mintOrderId: randomUUID,
        onBatch,
        onClaim,
        logger,
        traces,
      }),
      { host: config.BIND_HOST, port: config.CATALOG_PORT, setting: 'CATALOG_PORT' },
      { logger, identity, isReady: () => catalog.takesTrades },
    );
    onStop(() => server.close());
    logger.info(
      `catalog ready on ${config.BIND_HOST}:${server.port} with ${stocks.length} stocks and ${ledger.end.number} trades`,
    );
  },
);
