// The ledger from files into a database, and back. Each checks at the end that what was written is what was read.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../shared/config.js';
import type { Leadership, Trade } from '../shared/domain.js';
import { unmarkViews } from '../shared/ledger-views.js';
import { makeDirectory, openVolume } from '../shared/volume.js';
import { Journal, type JournalReader } from '../catalog/journal.js';
import { Ledger, type Refusal, type Stock } from '../catalog/ledger.js';
import { readLedgerFiles } from '../catalog/ledger-in-files.js';
import { readStocks, writeStocks } from '../catalog/stock-file.js';
import { JournalView } from '../catalog/database/journal-view.js';
import { copyLedger } from '../catalog/database/ledger-copy.js';
import { DatabaseAwayError, type Addition } from '../catalog/database/ledger-database.js';
import { addStatement, PostgresLedger } from '../catalog/database/postgres-ledger.js';
import { insertStocks, migrate } from '../catalog/database/postgres-schema.js';
import { PostgresSession } from '../catalog/database/postgres-session.js';

/** There is a ledger where another one was to be put, or it did not arrive as it was. Nothing that was there has changed. */
export class TransferError extends Error {}

/** The database does not answer. */
export class LedgerAwayError extends Error {}

/** What a transfer has written. */
export interface Transferred {
  readonly trades: number;
  readonly records: number;
  readonly stocks: number;
}

const counts = ({ end, records, stocks }: Ledger): Transferred => ({
  trades: end.number,
  records,
  stocks: stocks.size,
});

const facts = ({ end, leadership, records, stocks }: Ledger): string =>
  JSON.stringify([
    end,
    leadership,
    records,
    [...stocks.values()].sort((one, other) => (one.name < other.name ? -1 : 1)),
  ]);

const silent = { warn: () => undefined, info: () => undefined };

/** @throws LedgerAwayError */
async function withDatabase<T>(url: string, work: (session: PostgresSession) => Promise<T>): Promise<T> {
  const session = new PostgresSession(url, silent);
  try {
    return await work(session);
  } catch (error) {
    throw error instanceof DatabaseAwayError ? new LedgerAwayError(error.message, { cause: error }) : error;
  } finally {
    await session.close();
  }
}

function fail(error: Error): never {
  throw error;
}

/** The stocks before the first trade. */
function initialStocks(ledger: Ledger): Stock[] {
  const stocks = new Map(
    [...ledger.stocks].map(([name, stock]) => [name, { ...stock, volume: 0, version: 0 }]),
  );
  for (let number = 1; number <= ledger.end.number; number += 1) {
    const { name, type, quantity } = ledger.trade(number) as Trade;
    const stock = stocks.get(name) as Stock;
    stocks.set(name, { ...stock, quantity: stock.quantity + (type === 'buy' ? quantity : -quantity) });
  }
  return [...stocks.values()];
}

/**
 * Writes `<dataDirectory>/catalog`: journal.csv, catalog.csv and initial_catalog.csv.
 * @throws TransferError there is a ledger already
 */
export function exportLedger(url: string, dataDirectory: string): Promise<Transferred> {
  return withDatabase(url, (session) => exportFrom(session, dataDirectory));
}

async function exportFrom(session: PostgresSession, dataDirectory: string): Promise<Transferred> {
  const directory = join(dataDirectory, 'catalog');
  const inTheWay = ['journal.csv', 'catalog.csv', 'initial_catalog.csv'].find((name) =>
    existsSync(join(directory, name)),
  );
  if (inTheWay) {
    throw new TransferError(`${join(directory, inTheWay)} is there already: name another directory`);
  }
  const database = new PostgresLedger(session);
  const ledger = await copyLedger(database, 0);
  makeDirectory(directory);
  const view = await JournalView.open(directory, database, ledger, {
    onFailure: fail,
    onMoved: () => undefined,
  });
  await view.update();
  await view.close();
  await writeStocks(join(directory, 'initial_catalog.csv'), initialStocks(ledger));
  await writeStocks(join(directory, 'catalog.csv'), ledger.stocks.values());
  const written = new Ledger(await readStocks(join(directory, 'initial_catalog.csv')));
  Journal.read(directory, written);
  if (facts(ledger) !== facts(written)) {
    throw new TransferError(`what was written to ${directory} is not what the database holds`);
  }
  await unmarkViews(directory);
  return counts(ledger);
}

/** The records of a journal, in pages. */
class Records implements JournalReader {
  readonly #ledger: Ledger;
  readonly #others: {
    readonly after: number;
    readonly refusal?: Refusal;
    readonly leadership: Leadership;
  }[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  beginTerm(leadership: Leadership): void {
    this.#others.push({ after: this.#ledger.records, leadership });
    this.#ledger.beginTerm(leadership);
  }

  replayRefusal(refusal: Refusal): void {
    this.#others.push({ after: this.#ledger.records, refusal, leadership: this.#ledger.leadership });
    this.#ledger.replayRefusal(refusal);
  }

  replayTrade(trade: Omit<Trade, 'checksum'>): void {
    this.#ledger.replayTrade(trade);
  }

  /** At most `pageTrades` trades between one record of another kind and the next. */
  *additions(pageTrades: number): Generator<Addition> {
    const nothing = { trades: [], refusals: [], touched: new Map<string, Stock>(), beginsTerm: false };
    let after = 0;
    let number = 0;
    const ends = [...this.#others, { after: this.#ledger.records, leadership: this.#ledger.leadership }];
    for (const { after: end, leadership, ...other } of ends) {
      while (after < end) {
        const trades = this.#ledger.tradesAfter(number, Math.min(pageTrades, end - after));
        yield { ...nothing, after, trades, leadership };
        after += trades.length;
        number += trades.length;
      }
      if ('refusal' in other) {
        yield { ...nothing, after, refusals: [other.refusal], leadership };
        after += 1;
      } else if (after < this.#ledger.records) {
        yield { ...nothing, after, leadership, beginsTerm: true };
        after += 1;
      }
    }
  }
}

const pageTrades = 5_000;

async function readAdditions(directory: string): Promise<{ ledger: Ledger; additions: Iterable<Addition> }> {
  let records: Records | undefined;
  const { ledger } = await readLedgerFiles(directory, undefined, (empty) => (records = new Records(empty)));
  return { ledger, additions: records?.additions(pageTrades) ?? [] };
}

/**
 * Puts the ledger of `<dataDirectory>/catalog` into a database that has none, in one transaction.
 * @throws TransferError the database has a ledger already
 */
export async function importLedger(url: string, dataDirectory: string): Promise<Transferred> {
  if (!existsSync(join(dataDirectory, 'catalog', 'catalog.csv'))) {
    throw new ConfigError(
      `there is no ledger in ${join(dataDirectory, 'catalog')}: name the directory of all state, DATA_DIR`,
    );
  }
  const volume = await openVolume(dataDirectory, 'catalog', fail);
  try {
    return await withDatabase(url, (session) => importInto(session, volume.directory));
  } finally {
    await volume.release();
  }
}

async function importInto(session: PostgresSession, directory: string): Promise<Transferred> {
  const { ledger, additions } = await readAdditions(directory);
  await migrate(session, () => Promise.resolve([]));
  const database = new PostgresLedger(session);
  const [there] = await session.query<{ epoch: string; records: string; stocks: string }>({
    text: 'SELECT epoch, records, (SELECT count(*) FROM stocks) AS stocks FROM ledger',
  });
  if (Number(there?.records) > 0 || Number(there?.stocks) > 0) {
    throw new TransferError('the database has a ledger already: name an empty one');
  }
  await session.transaction(async (client) => {
    await insertStocks(client, [...ledger.stocks.values()]);
    for (const addition of additions) {
      const { rows } = await client.query<{ added: number }>(addStatement(Number(there?.epoch), addition));
      if (rows[0]?.added !== 1) {
        throw new ConfigError('a catalog uses the database: stop the system first');
      }
    }
  });
  if (facts(ledger) !== facts(await copyLedger(database, 0))) {
    throw new TransferError('what was written to the database is not what the files hold');
  }
  return counts(ledger);
}
