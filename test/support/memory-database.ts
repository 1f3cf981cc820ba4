import { DiskFullError } from '../../src/shared/append-file.js';
import type { Stock } from '../../src/catalog/ledger.js';
import {
  DatabaseAwayError,
  recordsIn,
  type Addition,
  type DatabaseHead,
  type LedgerDatabase,
  type RecordFields,
} from '../../src/catalog/database/ledger-database.js';

/** What becomes of a statement. */
export type Fate = 'done' | 'done, not answered' | 'lost' | 'late' | 'no room' | 'conflict';

/** The database of a ledger, in memory: it keeps the contract of LedgerDatabase, and loses what it is told to lose. */
export class MemoryDatabase implements LedgerDatabase {
  readonly records: RecordFields[] = [];
  readonly #stocks: Map<string, Stock>;
  #head: DatabaseHead = {
    epoch: 0,
    renewals: 0,
    released: true,
    term: 0,
    leaderId: 0,
    records: 0,
    lastNumber: 0,
    lastChecksum: 0,
  };
  /** What becomes of the next statements; then all are done. */
  readonly fates: Fate[] = [];
  readonly #late: (() => void)[] = [];

  constructor(stocks: readonly Stock[]) {
    this.#stocks = new Map(stocks.map((stock) => [stock.name, stock]));
  }

  get now(): DatabaseHead {
    return this.#head;
  }

  /** Statements that were still on their way arrive. */
  arrive(): void {
    this.#late.splice(0).forEach((statement) => statement());
  }

  stocks(): Promise<{ readonly stocks: readonly Stock[]; readonly head: DatabaseHead }> {
    return this.#run(() => ({ stocks: [...this.#stocks.values()], head: this.#head }));
  }

  head(): Promise<DatabaseHead> {
    return this.#run(() => this.#head);
  }

  read(after: number, limit: number): Promise<readonly RecordFields[]> {
    return this.#run(() => this.records.slice(after, after + limit));
  }

  claim({ epoch, renewals }: DatabaseHead): Promise<DatabaseHead | undefined> {
    return this.#run(() => {
      if (this.#head.epoch !== epoch || this.#head.renewals !== renewals) {
        return undefined;
      }
      return this.#write({ epoch: epoch + 1, released: false });
    });
  }

  renew(epoch: number): Promise<DatabaseHead | undefined> {
    return this.#run(() => (this.#head.epoch === epoch ? this.#write({}) : undefined));
  }

  release(epoch: number): Promise<void> {
    return this.#run(() => {
      if (this.#head.epoch === epoch) {
        this.#head = { ...this.#head, released: true };
      }
    });
  }

  add(epoch: number, addition: Addition): Promise<boolean> {
    return this.#run(() => {
      if (this.#head.epoch !== epoch || this.#head.records !== addition.after) {
        return false;
      }
      this.#add(addition);
      return true;
    });
  }

  tryRoom(): Promise<void> {
    return this.#run(() => undefined);
  }

  #add(addition: Addition): void {
    const { trades, refusals, touched, leadership, beginsTerm } = addition;
    const { term, leaderId } = leadership;
    const end = trades.at(-1);
    this.records.push(
      ...trades.map((trade) => [
        String(trade.number),
        trade.name,
        trade.type,
        String(trade.quantity),
        trade.orderId,
        String(trade.term),
      ]),
      ...refusals.map(({ name, type, quantity, orderId }) => [
        '0',
        name,
        `refused-${type}`,
        String(quantity),
        orderId,
        String(term),
      ]),
      ...(beginsTerm ? [['0', '', 'term', String(leaderId), '', String(term)]] : []),
    );
    touched.forEach((stock, name) => this.#stocks.set(name, stock));
    this.#write({
      records: this.#head.records + recordsIn(addition),
      ...(end && { lastNumber: end.number, lastChecksum: end.checksum }),
      ...(beginsTerm && { term, leaderId }),
    });
  }

  #write(changes: Partial<DatabaseHead>): DatabaseHead {
    this.#head = { ...this.#head, ...changes, renewals: this.#head.renewals + 1 };
    return this.#head;
  }

  async #run<T>(statement: () => T): Promise<T> {
    const fate = this.fates.shift() ?? 'done';
    await Promise.resolve();
    if (fate === 'done') {
      return statement();
    }
    if (fate === 'done, not answered') {
      statement();
    } else if (fate === 'late') {
      this.#late.push(statement);
    } else if (fate === 'no room') {
      throw new DiskFullError('no room');
    } else if (fate === 'conflict') {
      return false as T;
    }
    throw new DatabaseAwayError(fate);
  }
}
