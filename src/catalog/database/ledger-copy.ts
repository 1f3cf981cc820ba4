import { replayRecord } from '../journal.js';
import { Ledger } from '../ledger.js';
import { DatabaseAwayError, type DatabaseHead, type LedgerDatabase } from './ledger-database.js';

/** Few enough that a page does not stop the event loop for as long as a lease lasts. */
const pageRecords = 5_000;

/**
 * The ledger of a database, in this process's memory.
 * @param hashSeed see Ledger
 */
export async function copyLedger(database: LedgerDatabase, hashSeed: number): Promise<Ledger> {
  const { stocks, head } = await database.stocks();
  const ledger = new Ledger(stocks, hashSeed);
  await followLedger(database, ledger, head);
  return ledger;
}

/** Reads into a copy what was recorded since, up to a head. */
export async function followLedger(
  database: LedgerDatabase,
  ledger: Ledger,
  head: DatabaseHead,
): Promise<void> {
  while (ledger.records < head.records) {
    const limit = Math.min(pageRecords, head.records - ledger.records);
    const page = await database.read(ledger.records, limit);
    if (page.length < limit) {
      // It was another server that said so, of which a standby has taken over since.
      throw new DatabaseAwayError(`there are no records after ${ledger.records + page.length}`);
    }
    page.forEach((fields) => replayRecord(fields, ledger));
  }
}

/** @throws Error a copy is not what the database holds now: somebody has restored an old one */
export function checkCopy(ledger: Ledger, head: DatabaseHead): void {
  const { end, leadership, records } = ledger;
  const fits =
    records === head.records &&
    end.number === head.lastNumber &&
    end.checksum === head.lastChecksum &&
    leadership.term === head.term &&
    leadership.leaderId === head.leaderId;
  if (!fits) {
    throw new Error(
      `the database ends with trade ${head.lastNumber} in ${head.records} records, what was read of it with ` +
        `${end.number} in ${records}: was an old one restored?`,
    );
  }
}
