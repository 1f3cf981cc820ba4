// The audit of a stopped system: real files, one thing wrong at a time.
import { createHash } from 'node:crypto';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { audit } from '../../../src/audit/audit.js';
import type { Stock } from '../../../src/catalog/ledger.js';
import type { Report } from '../../../src/audit/report.js';
import { systemClock } from '../../../src/shared/clock.js';
import { chainTrade } from '../../../src/shared/trade-line.js';
import type { Trade } from '../../../src/shared/domain.js';
import { AuditFiles } from '../../support/audit-files.js';
import { order, stock } from '../../support/example-trades.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

/** The same history, with another trade at a number and all checksums right. */
function rewrite(trades: readonly Trade[], number: number, change: Partial<Trade>): Trade[] {
  const rewritten: Trade[] = [];
  for (const trade of trades) {
    const next = trade.number === number ? { ...trade, ...change } : trade;
    rewritten.push(chainTrade(next, rewritten.at(-1)?.checksum ?? 0));
  }
  return rewritten;
}

describe('verify, on stopped files', () => {
  const directory = useTemporaryDirectory();
  let files: AuditFiles;
  beforeEach(async () => {
    files = await AuditFiles.write(directory());
  });

  const look = (): Promise<Report> =>
    audit({ dataDirectory: directory(), url: undefined, initialCatalog: undefined }, systemClock, 0);

  /** Looks, and expects complaints of just these kinds. @returns their texts */
  async function complaints(...kinds: string[]): Promise<string> {
    const { findings, verdict } = await look();
    expect(findings.map(({ kind }) => kind)).to.deep.equal(kinds);
    expect(verdict).to.equal('wrong');
    return findings.map(({ text }) => text).join('\n');
  }

  it('finds nothing wrong with a good system, says what is in each file, and changes nothing', async () => {
    const before = await contents(directory());
    const report = await look();
    const sha256 = async (name: string) =>
      createHash('sha256')
        .update(await readFile(files.path(name)))
        .digest('hex');
    const replica = {
      role: undefined,
      term: 3,
      lastNumber: 4,
      rows: 4,
      behind: 0,
      differsAt: undefined,
      file: 'intact',
      sha256: await sha256('order-1/orders.csv'),
    };
    expect(report.replicas).to.deep.equal([
      { name: 'order-1', ...replica },
      { name: 'order-2', ...replica },
      { name: 'order-3', ...replica },
    ]);
    expect(report.ledger).to.deep.equal({
      lastNumber: 4,
      term: 3,
      leaderId: 1,
      trades: 4,
      refusals: 1,
      rows: 7,
      file: 'intact',
      sha256: await sha256('catalog/journal.csv'),
    });
    const right = { isRight: true };
    expect(report.stocks).to.deep.equal([
      { name: 'GameStart', initial: 100, sold: 0, bought: 43, expected: 57, found: 57, ...right },
      { name: 'BoarCo', initial: 5, sold: 2, bought: 0, expected: 7, found: 7, ...right },
    ]);
    expect(report).to.deep.include({ findings: [], unchecked: [], verdict: 'good', stocksSeenNumber: 4 });
    expect(await contents(directory())).to.deep.equal(before);
  });

  it('takes a replica that is behind as what it is', async () => {
    await files.writeLog(2, files.trades.slice(0, 1));
    await files.writeLog(3, []);
    const { replicas, verdict, notes } = await look();
    expect(verdict).to.equal('good');
    expect(replicas.map(({ behind }) => behind)).to.deep.equal([0, 3, 4]);
    expect(notes.join()).to.match(/order-2 is 3 trades behind.*order-3 is 4 trades behind/);
  });

  it('takes a torn last line as what a crash leaves', async () => {
    await appendFile(files.path('order-1/orders.csv'), '5,GameStart,bu');
    await appendFile(files.path('catalog/journal.csv'), '0,,te');
    const { replicas, ledger, verdict, notes } = await look();
    expect(verdict).to.equal('good');
    expect(replicas[0]?.sha256).to.equal(replicas[1]?.sha256);
    expect(ledger.rows).to.equal(7);
    expect(notes.join()).to.match(/order-1.orders\.csv ends with 14 bytes.*journal\.csv ends with 5 bytes/);
  });

  it('checks catalog.csv for the version that it has reached', async () => {
    await files.tradeOnce(order('f', { quantity: 7 }));
    const { verdict, stocks, stocksSeenNumber } = await look();
    expect(verdict).to.equal('good');
    expect([stocksSeenNumber, stocks[0]?.bought]).to.deep.equal([4, 43]);
  });

  it('names the first trade in which a log differs from the journal', async () => {
    await files.writeLog(2, rewrite(files.trades, 3, { quantity: 4 }));
    expect(await complaints('difference')).to.equal('order-2 differs from the journal at trade 3');
    expect((await look()).replicas.map(({ differsAt }) => differsAt)).to.deep.equal([
      undefined,
      3,
      undefined,
    ]);
  });

  it('complains of a log that holds more than the journal', async () => {
    const more = [...files.trades, { ...order('f'), type: 'buy' as const, number: 5, term: 3, checksum: 0 }];
    await files.writeLog(3, rewrite(more, 0, {}));
    expect(await complaints('difference')).to.equal(
      'order-3 holds trades from 5 on, the journal ends with 4',
    );
  });

  it('complains of a gap in the journal', async () => {
    const journal = await files.openJournal();
    const trade: Trade = { ...order('f'), type: 'buy', number: 6, term: 3, checksum: 0 };
    await journal.appendBatch({ trades: [trade], refusals: [] }, 3);
    await journal.close();
    expect(await complaints('gap')).to.equal('the journal has trade 6 where 5 should be');
  });

  it('names file and line of a gap in a log whose checksums are right', async () => {
    const gap = rewrite(
      files.trades.filter(({ number }) => number !== 2),
      0,
      {},
    );
    await files.writeLog(1, gap);
    expect(await complaints('damage')).to.match(/order-1.orders\.csv:3: this line is not trade 2/);
  });

  it('names file and line of damage in the journal and in a log, and still compares the rest', async () => {
    for (const [name, from, to] of [
      ['order-2/orders.csv', '3,GameStart,buy,3', '3,GameStart,buy,4'],
      ['catalog/journal.csv', '1,GameStart,buy,40', '1,GameStart,buy,41'],
    ] as const) {
      const text = await readFile(files.path(name), 'utf8');
      await writeFile(files.path(name), text.replace(from, to));
    }
    expect(await complaints('damage', 'damage')).to.match(
      /order-2.orders\.csv:4: this line does not fit[^]*catalog.journal\.csv:3: this line does not fit/,
    );
    const { replicas, ledger } = await look();
    expect(replicas.map(({ file, rows }) => `${file} ${rows}`)).to.deep.equal([
      'intact 4',
      'damaged 4',
      'intact 4',
    ]);
    expect(ledger.file).to.equal('damaged');
  });

  it('compares the logs with each other where the journal cannot be read', async () => {
    await rm(files.path('catalog/journal.csv'));
    await files.writeLog(2, rewrite(files.trades, 3, { quantity: 4 }).slice(0, 3));
    expect(await complaints('difference')).to.equal('order-2 differs from the longest log at trade 3');
  });

  it('names file and row of damage in catalog.csv', async () => {
    await writeFile(files.path('catalog/catalog.csv'), 'Name,Price,Quantity\nGameStart,15.99,many\n');
    expect(await complaints('damage')).to.match(/catalog\.csv, row 2: "many" is not a Quantity/);
  });

  it('says which files it could not check', async () => {
    await rm(files.path('order-2/orders.csv'));
    await rm(files.path('catalog/catalog.csv'));
    const { verdict, unchecked, findings } = await look();
    expect([verdict, findings]).to.deep.equal(['unchecked', []]);
    expect(unchecked).to.deep.equal([
      `${join(directory(), 'order-2', 'orders.csv')} is missing`,
      `${join(directory(), 'catalog', 'catalog.csv')} is missing`,
    ]);
  });

  it('calls a system wrong of which one file is wrong and another one missing', async () => {
    await rm(files.path('order-2/orders.csv'));
    await files.writeLog(1, rewrite(files.trades, 1, { orderId: 'z' }));
    await complaints('difference');
  });

  it('complains of a stock that does not add up, in quantity, volume or version', async () => {
    const [gameStart, boarCo] = [...files.ledger.stocks.values()] as [Stock, Stock];
    for (const change of [{ quantity: 8 }, { volume: 3 }, { version: 1 }]) {
      await files.writeStocks([gameStart, { ...boarCo, ...change }]);
      expect(await complaints('stock sum'), JSON.stringify(change)).to.match(
        /^BoarCo: 5 at first \+ 2 sold - 0 bought = 7 .*changed by hand/,
      );
    }
  });

  it('complains of a catalog.csv that has seen more than the journal', async () => {
    await files.writeStocks([...files.ledger.stocks.values()].map((each) => ({ ...each, version: 9 })));
    expect(await complaints('stock sum', 'stock sum', 'stock sum')).to.match(
      /has seen trade 9, but the journal ends with 4/,
    );
  });

  it('does not check the sum of a stock that was added by hand', async () => {
    await files.writeStocks([...files.ledger.stocks.values(), stock('AAPL', 10)]);
    const { verdict, notes } = await look();
    expect(verdict).to.equal('good');
    expect(notes).to.include('AAPL is not in the initial catalog: its sum is not checked');
  });

  /** Puts a trade at the end of the journal and of all logs that the ledger would never have decided. */
  async function forge(what: Partial<Trade>): Promise<void> {
    const trade: Trade = { ...order('f'), type: 'buy', number: 5, term: 3, checksum: 0, ...what };
    const trades = rewrite([...files.trades, trade], 0, {});
    const journal = await files.openJournal();
    await journal.appendBatch({ trades: trades.slice(-1), refusals: [] }, 3);
    await journal.close();
    await Promise.all([1, 2, 3].map((replica) => files.writeLog(replica, trades)));
  }

  it('complains of a key that was executed twice', async () => {
    await forge({ orderId: 'c' });
    expect(await complaints('key twice')).to.equal('the key c is trade 2 and trade 5');
  });

  it('complains of a key that was executed after it was refused', async () => {
    await forge({ orderId: 'b' });
    expect(await complaints('key twice')).to.equal('the key b was refused, and is trade 5');
  });

  it('complains of a stock that went below zero', async () => {
    await forge({ quantity: 58 });
    expect(await complaints('negative stock')).to.match(/^trade 5 leaves -1 of GameStart/);
  });

  it('complains of a trade of a stock that nobody lists', async () => {
    await forge({ name: 'NoSuchCo' });
    expect(await complaints('unknown stock')).to.match(/^trade 5 is of NoSuchCo/);
  });

  it('complains of a term that goes back, and of a trade that bears another term than the current one', async () => {
    const journal = await files.openJournal();
    await journal.appendTerm({ term: 2, leaderId: 1 });
    await journal.close();
    expect(await complaints('term')).to.equal('term 2 begins in the journal after term 3');
    await forge({ term: 3 });
    expect(await complaints('term', 'term')).to.match(/\ntrade 5 bears term 3 in term 2/);
  });
});
