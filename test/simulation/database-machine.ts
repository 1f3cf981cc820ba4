import { DatabaseAwayError, type LedgerDatabase } from '../../src/catalog/database/ledger-database.js';
import { MemoryDatabase } from '../support/memory-database.js';
import type { Life } from './life.js';
import { Machine } from './machine.js';
import { Connection } from './network.js';
import { callDeadlineMs, initialStocks } from './settings.js';
import type { World } from './world.js';

/** The database of the ledger: it comes and goes, but whatever it has committed stays. */
export class DatabaseMachine extends Machine {
  readonly core = new MemoryDatabase(initialStocks);

  constructor(world: World) {
    super('database', world);
  }

  protected boot(): Promise<void> {
    return Promise.resolve();
  }

  protected forget(): void {
    // What is in it is on its disk.
  }
}

/** What a catalog uses to reach the database: the twin of src/catalog/database/postgres-ledger.ts. */
export function databasePort(world: World, from: Life, to: DatabaseMachine): LedgerDatabase {
  const connection = new Connection();
  const ask = async <T>(what: string, statement: () => Promise<T>): Promise<T> => {
    try {
      return await world.network.call({ from, to, what, deadlineMs: callDeadlineMs, connection }, statement);
    } catch (error) {
      throw new DatabaseAwayError((error as Error).message, { cause: error });
    }
  };
  const { core } = to;
  return {
    stocks: () => ask('stocks', () => core.stocks()),
    head: () => ask('head', () => core.head()),
    read: (after, limit) => ask(`read(${after}, ${limit})`, () => core.read(after, limit)),
    claim: (seen) => ask(`claim(after epoch ${seen.epoch}, ${seen.renewals})`, () => core.claim(seen)),
    renew: (epoch) => ask(`renew(${epoch})`, () => core.renew(epoch)),
    release: (epoch) => ask(`release(${epoch})`, () => core.release(epoch)),
    add: (epoch, addition) => {
      const ids = addition.trades.map(({ orderId }) => orderId).join(' ');
      return ask(`add(epoch ${epoch}, after ${addition.after}: ${ids})`, () => core.add(epoch, addition));
    },
    tryRoom: () => ask('try room', () => core.tryRoom()),
  };
}
