// journal.csv where the ledger is in a database: a view of the same records for people and for the tools that read it,
// brought up to date in the background.
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Leadership, LogEnd, Trade } from '../../shared/domain.js';
import { emptyLogEnd } from '../../shared/domain.js';
import { DamagedFileError } from '../../shared/sealed-csv.js';
import { chainTrade } from '../../shared/trade-line.js';
import { Journal, type JournalEnd, type JournalReader } from '../journal.js';
import type { Ledger } from '../ledger.js';
import type { LedgerDatabase } from './ledger-database.js';

const pageRecords = 5_000;

/** Counts the records of a journal. */
class Counter implements JournalReader {
  records = 0;
  end: LogEnd = emptyLogEnd;

  beginTerm(_leadership: Leadership): void {
    this.records += 1;
  }

  replayRefusal(): void {
    this.records += 1;
  }

  replayTrade(trade: Omit<Trade, 'checksum'>): void {
    this.records += 1;
    this.end = chainTrade(trade, this.end.checksum);
  }
}

/** Where the file ends, and how many records it has; undefined if it is no beginning of what the ledger holds. */
function read(directory: string, ledger: Ledger): { end: JournalEnd; records: number } | undefined {
  const counter = new Counter();
  try {
    const end = Journal.read(directory, counter);
    const { number, checksum } = counter.end;
    const fits = number === 0 || ledger.trade(number)?.checksum === checksum;
    return fits && counter.records <= ledger.records ? { end, records: counter.records } : undefined;
  } catch (error) {
    if (error instanceof DamagedFileError) {
      return undefined;
    }
    throw error;
  }
}

export class JournalView {
  readonly #database: LedgerDatabase;
  readonly #ledger: Ledger;
  readonly #journal: Journal;
  #records: number;

  private constructor(database: LedgerDatabase, ledger: Ledger, journal: Journal, records: number) {
    this.#database = database;
    this.#ledger = ledger;
    this.#journal = journal;
    this.#records = records;
  }

  /**
   * Opens `<directory>/journal.csv`. A file that does not fit the database is moved aside, and told of.
   * @param onFailure see AppendFile.open
   */
  static async open(
    directory: string,
    database: LedgerDatabase,
    ledger: Ledger,
    watch: { readonly onFailure: (error: Error) => void; readonly onMoved: (to: string) => void },
  ): Promise<JournalView> {
    const path = join(directory, 'journal.csv');
    const found = read(directory, ledger);
    if (!found && existsSync(path)) {
      const aside = join(directory, `journal.${new Date().toISOString().replaceAll(/[:.]/g, '-')}.csv`);
      await rename(path, aside);
      watch.onMoved(aside);
    }
    const { end, records } = found ?? {
      end: { path, checksum: 0, bytes: 0, tornBytes: 0 },
      records: 0,
    };
    return new JournalView(database, ledger, await Journal.open(end, watch.onFailure), records);
  }

  /**
   * Adds what the ledger has and the file has not, until the signal aborts.
   * @throws DiskFullError, DatabaseAwayError the rest can be added later
   */
  async update(signal?: AbortSignal): Promise<void> {
    while (this.#records < this.#ledger.records) {
      if (signal?.aborted) {
        return;
      }
      const limit = Math.min(pageRecords, this.#ledger.records - this.#records);
      const page = await this.#database.read(this.#records, limit);
      if (page.length === 0) {
        return;
      }
      await this.#journal.appendRecords(page);
      this.#records += page.length;
    }
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
