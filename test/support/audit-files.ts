// The directory of a stopped system, made of trades that a test has thought up, and written with the product's code.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../../src/catalog/journal.js';
import { Ledger, type Stock } from '../../src/catalog/ledger.js';
import { writeStocks } from '../../src/catalog/stock-file.js';
import type { Order, Trade } from '../../src/shared/domain.js';
import { sealLine } from '../../src/shared/sealed-csv.js';
import { tradeFields, tradeHeader } from '../../src/shared/trade-line.js';
import { order, stock } from './example-trades.js';

export const initialStocks: readonly Stock[] = [stock('GameStart', 100), stock('BoarCo', 5)];

const unexpected = (error: Error): never => {
  throw error;
};

/** The text of an order log. */
function orderLogText(trades: readonly Trade[]): string {
  return `${tradeHeader}\n${trades.map((trade) => sealLine(tradeFields(trade), trade.checksum)).join('')}`;
}

export class AuditFiles {
  readonly dataDirectory: string;
  readonly ledger = new Ledger(initialStocks);

  private constructor(dataDirectory: string) {
    this.dataDirectory = dataDirectory;
  }

  /** Trades in terms 1 and 3, with a refusal; every log is level, and catalog.csv has seen all. */
  static async write(dataDirectory: string): Promise<AuditFiles> {
    const files = new AuditFiles(dataDirectory);
    for (const name of ['catalog', 'order-1', 'order-2', 'order-3']) {
      await mkdir(join(dataDirectory, name));
    }
    await writeStocks(files.path('catalog/initial_catalog.csv'), initialStocks);
    const journal = await files.openJournal();
    await files.beginTerm(journal, 1, 3);
    await files.trade(journal, order('a', { quantity: 40 }), order('b', { name: 'BoarCo', quantity: 6 }));
    await files.trade(journal, order('c', { name: 'BoarCo', type: 'sell', quantity: 2 }));
    await files.beginTerm(journal, 3, 1);
    await files.trade(journal, order('d', { quantity: 3 }), order('e', { quantity: 0 }));
    await journal.close();
    await files.writeStocks();
    for (const replica of [1, 2, 3]) {
      await files.writeLog(replica, files.trades);
    }
    return files;
  }

  /** All trades of the journal. */
  get trades(): readonly Trade[] {
    return this.ledger.tradesAfter(0, 1_000);
  }

  path(name: string): string {
    return join(this.dataDirectory, name);
  }

  /** Goes on where the journal ends. */
  openJournal(): Promise<Journal> {
    return Journal.open(Journal.read(this.path('catalog'), new Ledger(initialStocks)), unexpected);
  }

  async trade(journal: Journal, ...orders: readonly Order[]): Promise<void> {
    const { term } = this.ledger.leadership;
    const proposal = this.ledger.decide(orders, term);
    await journal.appendBatch(proposal, term);
    this.ledger.apply(proposal);
  }

  async beginTerm(journal: Journal, term: number, leaderId: number): Promise<void> {
    await journal.appendTerm({ term, leaderId });
    this.ledger.beginTerm({ term, leaderId });
  }

  /** A trade that is in the journal only. */
  async tradeOnce(what: Order): Promise<void> {
    const journal = await this.openJournal();
    await this.trade(journal, what);
    await journal.close();
  }

  /** Replaces an order log. */
  writeLog(replica: number, trades: readonly Trade[]): Promise<void> {
    return writeFile(this.path(`order-${replica}/orders.csv`), orderLogText(trades));
  }

  /** Replaces catalog.csv, by default with the present state. */
  writeStocks(stocks: Iterable<Stock> = this.ledger.stocks.values()): Promise<void> {
    return writeStocks(this.path('catalog/catalog.csv'), stocks);
  }
}
