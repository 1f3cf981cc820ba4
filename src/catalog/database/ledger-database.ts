// What the ledger needs of a database that several catalogs share: one of them is the active one, the others stand by.
// The database holds the same records as journal.csv, in the same order; it is asked for nothing but to keep them, and
// to let only the active catalog add to them.
import type { Checksum, Leadership, Trade, TransactionNumber } from '../../shared/domain.js';
import type { Proposal, Refusal, Stock } from '../ledger.js';

/** The database does not answer, or takes no writes now: what was asked last may have been done. */
export class DatabaseAwayError extends Error {}

/** Where the records end, and who may add to them. */
export interface DatabaseHead extends Leadership {
  /** Counted up by each catalog that becomes the active one. */
  readonly epoch: number;
  /** Counted up with whatever the active catalog writes: as long as it changes, that one lives. */
  readonly renewals: number;
  /** The active catalog has said that it stops. */
  readonly released: boolean;
  /** How many records there are: trades, refusals and terms. */
  readonly records: number;
  readonly lastNumber: TransactionNumber;
  readonly lastChecksum: Checksum;
}

/** What is added in one transaction. */
export interface Addition {
  /** How many records there must be before. */
  readonly after: number;
  readonly trades: readonly Trade[];
  readonly refusals: readonly Refusal[];
  /** The new state of the stocks that the trades touch. */
  readonly touched: Proposal['touched'];
  /** The term of the refusals; the new term, if it is one that begins. */
  readonly leadership: Leadership;
  readonly beginsTerm: boolean;
}

export const recordsIn = ({ trades, refusals, beginsTerm }: Addition): number =>
  trades.length + refusals.length + Number(beginsTerm);

/** The columns of a record, as in a line of journal.csv without its checksum. */
export type RecordFields = readonly string[];

/**
 * The database. Each method is one transaction, and throws DatabaseAwayError when its outcome is unknown. When a
 * method that writes has returned, that is as durable as the database can make it, and so is all that came before.
 */
export interface LedgerDatabase {
  /** The stocks, and how many records they cover. */
  stocks(): Promise<{ readonly stocks: readonly Stock[]; readonly head: DatabaseHead }>;
  head(): Promise<DatabaseHead>;
  /** At most `limit` records after the first `after`. */
  read(after: number, limit: number): Promise<readonly RecordFields[]>;
  /** Begins the next epoch, if nothing was written since `seen`; undefined: something was. */
  claim(seen: DatabaseHead): Promise<DatabaseHead | undefined>;
  /** Writes that the active catalog lives; undefined: the epoch is over. */
  renew(epoch: number): Promise<DatabaseHead | undefined>;
  /** Says that the active catalog stops. */
  release(epoch: number): Promise<void>;
  /**
   * Adds records, and changes the stocks accordingly.
   * @returns false: not done, for now; the epoch may be over, or the records there already
   * @throws DiskFullError nothing was added
   */
  add(epoch: number, addition: Addition): Promise<boolean>;
  /**
   * Writes about as much as a batch has, and takes it back.
   * @throws DiskFullError there is no room for it
   */
  tryRoom(): Promise<void>;
}
