// The ledger in a database that speaks the PostgreSQL protocol, shared by several catalogs of which one is active.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../shared/clock.js';
import type { Trade } from '../shared/domain.js';
import { markViews } from '../shared/ledger-views.js';
import { repeatEvery } from '../shared/repeat-every.js';
import type { ServiceContext } from '../shared/run-service.js';
import { tradeLines } from '../shared/trade-line.js';
import { warnOnce } from '../shared/warn-once.js';
import { ActivityLease } from './database/activity-lease.js';
import { DatabaseJournal } from './database/database-journal.js';
import { JournalView } from './database/journal-view.js';
import { copyLedger } from './database/ledger-copy.js';
import { untilBack } from './database/until-back.js';
import { PostgresLedger } from './database/postgres-ledger.js';
import { migrate } from './database/postgres-schema.js';
import { PostgresSession } from './database/postgres-session.js';
import { standBy } from './database/standby.js';
import type { LedgerWatch, OpenedLedger } from './opened-ledger.js';
import { findInitialCatalog, readStocks, writeStocks } from './stock-file.js';

/** How often a database that had no room is tried again, ms. */
const roomIntervalMs = 1_000;

/**
 * Resolves when this catalog is the active one, however long that takes.
 * @param directory that of the catalog, locked; for the views
 * @throws ConfigError the database cannot be used as it is
 */
export async function openLedgerInDatabase(
  { config, logger, fatal, onStop }: ServiceContext,
  directory: string,
  { onWritten }: LedgerWatch,
): Promise<OpenedLedger> {
  const session = new PostgresSession(config.LEDGER_URL ?? '', logger);
  onStop(() => session.close());
  const database = new PostgresLedger(session);
  const initialStocks = () => readStocks(findInitialCatalog(directory, config.INITIAL_CATALOG));
  await untilBack(() => migrate(session, initialStocks), systemClock, logger);
  const ledger = await untilBack(() => copyLedger(database, randomInt(2 ** 32)), systemClock, logger);

  const reading = new PostgresSession(config.LEDGER_URL ?? '', logger);
  onStop(() => reading.close());
  await markViews(directory).catch((error: unknown) =>
    logger.warn(`the files here are views of a database, and cannot be marked: ${(error as Error).message}`),
  );
  const view = await JournalView.open(directory, new PostgresLedger(reading), ledger, {
    onFailure: (error) => logger.error({ err: error }, 'journal.csv is written no more'),
    onMoved: (to) => logger.warn(`journal.csv did not fit the database: it is now ${to}`),
  });
  const stop = new AbortController();
  const attempt = warnOnce(logger, 'journal.csv is late, trying again');
  const keepUp = (): Promise<void> => attempt(() => view.update(stop.signal));
  logger.info(`catalog stands by with ${ledger.end.number} trades`);
  const parts = { database, clock: systemClock, leaseMs: config.ACTIVITY_LEASE_MS };
  const lost = (reason: string) => fatal(new Error(reason));
  const { head, activity } = await standBy(
    parts,
    ledger,
    (claimed, claimedMs) => new ActivityLease(parts, claimed, claimedMs, lost),
  );
  const keeping = repeatEvery(config.SNAPSHOT_INTERVAL_MS, keepUp, systemClock, stop.signal);
  onStop(async () => {
    stop.abort();
    await keeping;
    await view.update().catch(() => undefined);
    await view.close();
  });
  onStop(() => activity.release().catch(() => undefined));
  logger.info({ epoch: head.epoch }, `catalog is the active one, in epoch ${head.epoch}`);

  const written = (tookMs: number, trades: readonly Trade[]): void =>
    onWritten(tookMs, () => tradeLines(trades), 'write the database');
  return {
    ledger,
    journal: new DatabaseJournal({ ...parts, activity, onWritten: written }, head),
    activity,
    // Whatever is there may be of an earlier time.
    snapshotNumber: -1,
    writeStocks: (stocks) => writeStocks(join(directory, 'catalog.csv'), stocks),
    watchRoom(catalog) {
      const end = new AbortController();
      void repeatEvery(roomIntervalMs, () => catalog.noticeRoom(false), systemClock, end.signal);
      return () => end.abort();
    },
  };
}
