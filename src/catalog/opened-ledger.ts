import type { Activity } from './activity.js';
import type { Catalog, JournalPort } from './catalog.js';
import type { Ledger, Stock } from './ledger.js';

/** A ledger that this process may answer for, wherever it is kept. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly journal: JournalPort;
  readonly activity: Activity;
  /** The last trade that catalog.csv covers. */
  readonly snapshotNumber: number;
  /** Replaces catalog.csv. */
  writeStocks(stocks: readonly Stock[]): Promise<void>;
  /** Keeps telling the catalog whether there is room for another record. @returns ends that */
  watchRoom(catalog: Catalog): () => void;
}

/** What is told of a ledger while it is used. */
export interface LedgerWatch {
  /**
   * Records have become durable.
   * @param lines makes them, as in journal.csv
   * @param step what was done, as a trace calls it
   */
  readonly onWritten: (tookMs: number, lines: () => Buffer, step: string) => void;
}
