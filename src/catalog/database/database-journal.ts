// The journal of an active catalog whose ledger is in a database (rules C1, C2 and C5 of docs/protocol.md).
import { DiskFullError } from '../../shared/append-file.js';
import type { Clock } from '../../shared/clock.js';
import type { Leadership, LogEnd, Term, Trade } from '../../shared/domain.js';
import type { ActivityLease } from './activity-lease.js';
import type { JournalPort } from '../catalog.js';
import type { Proposal } from '../ledger.js';
import {
  DatabaseAwayError,
  recordsIn,
  type Addition,
  type DatabaseHead,
  type LedgerDatabase,
} from './ledger-database.js';

/** How long to wait before the database is asked again, ms. */
const retryIntervalMs = 25;

const forever = new Promise<never>(() => undefined);

export class DatabaseJournal implements JournalPort {
  readonly #database: LedgerDatabase;
  readonly #activity: ActivityLease;
  readonly #clock: Clock;
  readonly #onWritten: (tookMs: number, trades: readonly Trade[]) => void;
  #records: number;
  #end: LogEnd;
  #leadership: Leadership;

  /** @param head as it was when the catalog became the active one */
  constructor(
    parts: {
      readonly database: LedgerDatabase;
      readonly activity: ActivityLease;
      readonly clock: Clock;
      /** Told how long it took until trades were durable. */
      readonly onWritten?: (tookMs: number, trades: readonly Trade[]) => void;
    },
    head: DatabaseHead,
  ) {
    this.#database = parts.database;
    this.#activity = parts.activity;
    this.#clock = parts.clock;
    this.#onWritten = parts.onWritten ?? (() => undefined);
    this.#records = head.records;
    this.#end = { number: head.lastNumber, checksum: head.lastChecksum };
    this.#leadership = head;
  }

  /**
   * Records what a batch did.
   * @returns when it is durable; never, if this catalog is the active one no more: its successor will tell
   * @throws DiskFullError nothing of it is recorded
   */
  appendBatch({ trades, refusals, touched }: Omit<Proposal, 'decisions'>, term: Term): Promise<void> {
    const leadership = { ...this.#leadership, term };
    return this.#add({ after: this.#records, trades, refusals, touched, leadership, beginsTerm: false });
  }

  /** Records that a term begins; otherwise as appendBatch. */
  async appendTerm(leadership: Leadership): Promise<void> {
    const nothing = { trades: [], refusals: [], touched: new Map() };
    await this.#add({ after: this.#records, ...nothing, leadership, beginsTerm: true });
    this.#leadership = leadership;
  }

  /**
   * See LedgerDatabase.tryRoom.
   * @throws DiskFullError also while the database is away: nothing has shown that there is room
   */
  async tryRoom(): Promise<void> {
    try {
      await this.#database.tryRoom();
    } catch (error) {
      throw error instanceof DatabaseAwayError ? new DiskFullError(error.message, { cause: error }) : error;
    }
  }

  async #add(addition: Addition): Promise<void> {
    const startMs = this.#clock.now();
    // What is known not to be there may be sent again: if the first is still on its way, only one of the two finds as
    // many records as it expects.
    while (!(await this.#tryToAdd(addition)) && !this.#has(addition, await this.#confirm())) {
      await this.#clock.sleep(retryIntervalMs);
    }
    if (this.#activity.isLost) {
      await forever;
    }
    this.#records += recordsIn(addition);
    this.#end = addition.trades.at(-1) ?? this.#end;
    this.#onWritten(this.#clock.now() - startMs, addition.trades);
  }

  /** False: not done, or nobody knows. */
  async #tryToAdd(addition: Addition): Promise<boolean> {
    const sentMs = this.#clock.now();
    try {
      const done = await this.#database.add(this.#activity.epoch, addition);
      if (done) {
        this.#activity.renewed(sentMs);
      }
      return done;
    } catch (error) {
      if (error instanceof DatabaseAwayError) {
        return false;
      }
      throw error;
    }
  }

  /** Asks until there is an answer, which never comes if this catalog is the active one no more. */
  async #confirm(): Promise<DatabaseHead> {
    for (;;) {
      const head = await this.#activity.confirm().catch(() => undefined);
      if (head) {
        return head;
      }
      if (this.#activity.isLost) {
        await forever;
      }
      await this.#clock.sleep(retryIntervalMs);
    }
  }

  /** Whether the records of an addition are the last ones there. */
  #has(addition: Addition, head: DatabaseHead): boolean {
    const end = addition.trades.at(-1) ?? this.#end;
    const grown = head.records - addition.after;
    if (grown !== 0 && (grown !== recordsIn(addition) || head.lastChecksum !== end.checksum)) {
      throw new Error(
        `the database has ${head.records} records, of which this catalog knows ${addition.after}`,
      );
    }
    return grown > 0;
  }
}
