import { randomBytes, randomUUID } from 'node:crypto';
import { CatalogService } from '#services';
import { systemClock } from '../shared/clock.js';
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
import { openLedgerInDatabase } from './ledger-in-database.js';
import { openLedgerInFiles } from './ledger-in-files.js';
import { SnapshotLoop } from './snapshot-loop.js';

await runService(
  'catalog',
  () => 'catalog',
  async (context) => {
    const { config, logger, fatal, onStop } = context;
    const identity = readIdentity(config, 'catalog');
    const volume = await openVolume(config.DATA_DIR, 'catalog', fatal);
    onStop(() => volume.release());

    const tracer = await openTracer('catalog', config, logger);
    onStop(() => tracer?.close());
    const traces = tracer && new OrderTraces(tracer);
    const commits = traces && new CommitTraces(traces);
    const metrics = new ServiceMetrics();
    const { onBatch, onClaim, onInvalidated, onAlarm } = measureCatalog(metrics);
    const writes = metrics
      .durations('stock_file_write_duration_seconds', 'Durable writes of the journal')
      .labels();
    metrics.watchCertificate(identity);
    onStop(await serveMetrics(metrics.registry, config, config.CATALOG_PORT));
    const open = config.LEDGER === 'postgres' ? openLedgerInDatabase : openLedgerInFiles;
    const opened = await open(context, volume.directory, {
      onWritten: (tookMs, lines, step) => {
        writes.observe(tookMs / 1_000);
        commits?.written(lines, tookMs, step);
      },
    });
    const { ledger, journal, activity, snapshotNumber } = opened;

    const invalidator = new HttpInvalidator(identity, { onInvalidated, traces: commits });
    onStop(() => invalidator.close());
    const sessions = new CacheSessions(config.LEASE_MS);
    const alarm = (text: string) => {
      onAlarm();
      logger.error(`ALARM: ${text}. Was an old disk restored?`);
    };
    const clock = systemClock;
    const catalog = new Catalog({ ledger, journal, sessions, invalidator, clock, activity, alarm });

    const snapshots = new SnapshotLoop(
      catalog,
      (stocks) => opened.writeStocks(stocks),
      snapshotNumber,
      logger,
    );
    snapshots.start(config.SNAPSHOT_INTERVAL_MS, systemClock);
    onStop(() => snapshots.stop());
    onStop(() => catalog.close());

    watchCatalog(metrics, catalog, sessions);
    onStop(opened.watchRoom(catalog));

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
      `catalog ready on ${config.BIND_HOST}:${server.port} with ${ledger.stocks.size} stocks and ${ledger.end.number} trades`,
    );
  },
);
