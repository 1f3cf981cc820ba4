// The ledger in files, journal.csv and catalog.csv: the default.
import { randomInt } from 'node:crypto';
import { systemClock } from '../shared/clock.js';
import { ConfigError } from '../shared/config.js';
import { refuseViews } from '../shared/ledger-views.js';
import type { ServiceContext } from '../shared/run-service.js';
import { onlyCatalog } from './activity.js';
import { watchDisk } from './disk-watch.js';
import { Journal, type JournalReader } from './journal.js';
import { Ledger } from './ledger.js';
import type { LedgerWatch, OpenedLedger } from './opened-ledger.js';
import { ensureStockFile, readStocks, writeStocks } from './stock-file.js';

/**
 * Reads stocks and journal as they are on the disk.
 * @param readerOf gets the records, and hands them on to the ledger
 * @throws ConfigError the two do not fit, or are only views of a database
 */
export async function readLedgerFiles(
  directory: string,
  initialCatalog: string | undefined,
  readerOf: (ledger: Ledger) => JournalReader = (ledger) => ledger,
) {
  refuseViews(directory);
  const stockFile = await ensureStockFile(directory, initialCatalog);
  const stocks = await readStocks(stockFile);
  const snapshotNumber = stocks.reduce((max, stock) => Math.max(max, stock.version), 0);
  const ledger = new Ledger(stocks, randomInt(2 ** 32));
  const journalEnd = Journal.read(directory, readerOf(ledger));
  if (snapshotNumber > ledger.end.number) {
    throw new ConfigError(
      `${stockFile} has seen trade ${snapshotNumber} but journal.csv ends with ${ledger.end.number}: ` +
        'restore journal.csv from a copy, or remove catalog.csv to start from the initial catalog',
    );
  }
  return { stockFile, snapshotNumber, ledger, journalEnd };
}

/** @param directory that of the catalog, locked */
export async function openLedgerInFiles(
  { config, logger, fatal, onStop }: ServiceContext,
  directory: string,
  { onWritten }: LedgerWatch,
): Promise<OpenedLedger> {
  const { stockFile, snapshotNumber, ledger, journalEnd } = await readLedgerFiles(
    directory,
    config.INITIAL_CATALOG,
  );
  const journal = await Journal.open(journalEnd, fatal, (tookMs, lines) =>
    onWritten(tookMs, () => lines, 'write journal.csv'),
  );
  onStop(() => journal.close());
  if (journalEnd.tornBytes > 0) {
    logger.warn(`journal.csv: dropped ${journalEnd.tornBytes} bytes of a record that a crash had cut off`);
  }
  return {
    ledger,
    journal,
    activity: onlyCatalog,
    snapshotNumber,
    writeStocks: (stocks) => writeStocks(stockFile, stocks),
    watchRoom: (catalog) => watchDisk(catalog, directory, systemClock),
  };
}
