import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { CatalogService } from '#services';
import { systemClock } from '../shared/clock.js';
import { ConfigError } from '../shared/config.js';
import { serveGrpc } from '../shared/grpc-server.js';
import { runService } from '../shared/run-service.js';
import { openVolume } from '../shared/volume.js';
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
    const journal = await Journal.open(journalEnd, fatal);
    onStop(() => journal.close());
    if (journalEnd.tornBytes > 0) {
      logger.warn(`journal.csv: dropped ${journalEnd.tornBytes} bytes of a record that a crash had cut off`);
    }

    const invalidator = new HttpInvalidator();
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

    const server = await serveGrpc(
      CatalogService,
      catalogService(catalog, {
        leaseMs: config.LEASE_MS,
        catalogId: randomBytes(6).toString('hex'),
        frontendAddresses: config.FRONTEND_ADDRESSES,
        mintOrderId: randomUUID,
      }),
      { host: config.BIND_HOST, port: config.CATALOG_PORT, setting: 'CATALOG_PORT' },
      logger,
    );
    onStop(() => server.close());
    logger.info(
      `catalog ready on ${config.BIND_HOST}:${server.port} with ${stocks.length} stocks and ${ledger.end.number} trades`,
    );
  },
);
