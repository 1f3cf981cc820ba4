// The rebuilt catalog, read again with the catalog's own code, and what a rebuild refuses.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  planRebuild,
  NothingToRebuildFromError,
  RebuildRefusedError,
} from '../../../src/audit/rebuild-plan.js';
import { carryOut } from '../../../src/audit/rebuild-write.js';
import { CacheSessions } from '../../../src/catalog/cache-sessions.js';
import { Catalog } from '../../../src/catalog/catalog.js';
import { Journal } from '../../../src/catalog/journal.js';
import { Ledger } from '../../../src/catalog/ledger.js';
import { readStocks, writeStocks } from '../../../src/catalog/stock-file.js';
import { DiskFullError } from '../../../src/shared/append-file.js';
import { systemClock } from '../../../src/shared/clock.js';
import type { Trade } from '../../../src/shared/domain.js';
import { chainTrade, tradeFields } from '../../../src/shared/trade-line.js';
import { AuditFiles, initialStocks } from '../../support/audit-files.js';
import { order, stock } from '../../support/example-trades.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { contents } from '../../support/process-outcome.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const now = new Date('2026-01-31T12:30:00.123Z');

const chained = (trades: readonly Trade[]): Trade[] =>
  trades.reduce<Trade[]>((done, trade) => [...done, chainTrade(trade, done.at(-1)?.checksum ?? 0)], []);

describe('rebuild of the catalog', () => {
  const directory = useTemporaryDirectory();
  const disk = FaultyDisk.use();
  let files: AuditFiles;
  beforeEach(async () => {
    files = await AuditFiles.write(directory());
  });

  const plan = (force = false) =>
    planRebuild({ dataDirectory: directory(), initialCatalog: undefined, force });
  const rebuild = async (force = false) => carryOut(await plan(force), now);
  const loseJournal = () => rm(files.path('catalog/journal.csv'));

  /** What a start of the catalog makes of its files. */
  async function start(): Promise<Ledger> {
    const ledger = new Ledger(await readStocks(files.path('catalog/catalog.csv')));
    Journal.read(files.path('catalog'), ledger);
    return ledger;
  }

  /** Expects a refusal that leaves everything as it is. */
  async function refusal(force = false): Promise<string> {
    const before = await contents(directory());
    const error: unknown = await plan(force).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RebuildRefusedError);
    expect(await contents(directory())).to.deep.equal(before);
    return (error as Error).message;
  }

  it('brings back all trades, byte for byte, and the stocks', async () => {
    const logLines = files.trades.map(tradeFields);
    const stocksBefore = await readFile(files.path('catalog/catalog.csv'), 'utf8');
    await loseJournal();
    await rebuild();
    const rows = (await readFile(files.path('catalog/journal.csv'), 'utf8')).trimEnd().split('\n');
    const withoutChecksum = rows.slice(1).map((row) => row.slice(0, row.lastIndexOf(',')));
    expect(withoutChecksum).to.deep.equal([
      '0,,term,0,,1',
      ...logLines.slice(0, 2),
      '0,,term,0,,3',
      ...logLines.slice(2),
      '0,,term,0,,1003',
    ]);
    expect(await readFile(files.path('catalog/catalog.csv'), 'utf8')).to.equal(stocksBefore);
    const ledger = await start();
    expect(ledger.tradesAfter(0, 10)).to.deep.equal(files.trades);
    expect(ledger.leadership).to.deep.equal({ term: 1003, leaderId: 0 });
  });

  it('starts from the initial catalog alone, too, as when a crash came before catalog.csv was written', async () => {
    await loseJournal();
    await rebuild();
    const ledger = new Ledger(initialStocks);
    Journal.read(files.path('catalog'), ledger);
    expect([...ledger.stocks.values()]).to.deep.equal([...files.ledger.stocks.values()]);
  });

  it('writes a journal that goes on', async () => {
    await loseJournal();
    await rebuild();
    const end = Journal.read(files.path('catalog'), new Ledger(initialStocks));
    const journal = await Journal.open(end, (error) => {
      throw error;
    });
    await journal.appendTerm({ term: 1004, leaderId: 2 });
    await journal.close();
    expect((await start()).leadership).to.deep.equal({ term: 1004, leaderId: 2 });
  });

  it('takes the longest log, and drops its torn end', async () => {
    await loseJournal();
    await files.writeLog(1, files.trades.slice(0, 3));
    await files.writeLog(3, []);
    const log = files.path('order-2/orders.csv');
    await writeFile(log, `${await readFile(log, 'utf8')}5,Game`);
    const { source, warnings } = await plan();
    expect([source.name, warnings]).to.deep.equal(['order-2', []]);
    await rebuild();
    expect((await start()).end.number).to.equal(4);
  });

  it('lets replicas lead afterwards and fences the leaders of old terms, without an alarm', async () => {
    await loseJournal();
    await rebuild();
    const ledger = await start();
    const alarms: string[] = [];
    const catalog = new Catalog({
      ledger,
      journal: {
        appendBatch: () => Promise.resolve(),
        appendTerm: () => Promise.resolve(),
        tryRoom: () => Promise.resolve(),
      },
      sessions: new CacheSessions(1),
      invalidator: { invalidate: () => Promise.resolve() },
      clock: systemClock,
      alarm: (text) => void alarms.push(text),
    });
    const orders = [order('g')];
    // Terms 4 to 7 began after the last trade: no log knows of them, but their leaders and frontends do.
    const old = await catalog.trade({ term: 7, leaderId: 2, firstNumber: 5, orders });
    const claim = await catalog.beginTerm(2, 7, ledger.end);
    expect([old.code, claim.code, claim.term]).to.deep.equal([409, 409, 1003]);
    const again = await catalog.beginTerm(2, claim.term, ledger.end);
    expect([again.code, again.term]).to.deep.equal([200, 1004]);
    const traded = await catalog.trade({ term: 1004, leaderId: 2, firstNumber: 5, orders });
    expect(traded.decisions).to.deep.equal([{ code: 200, number: 5, term: 1004 }]);
    const repeated = await catalog.trade({
      term: 1004,
      leaderId: 2,
      firstNumber: 6,
      orders: [order('d', { quantity: 3 })],
    });
    expect(repeated.decisions).to.deep.equal([{ code: 200, number: 3, term: 3 }]);
    expect(alarms).to.deep.equal([]);
  });

  it('refuses when two logs conflict, and names where', async () => {
    await loseJournal();
    const other = chained(
      files.trades.map((trade) => (trade.number === 2 ? { ...trade, quantity: 1 } : trade)),
    );
    await files.writeLog(3, other.slice(0, 3));
    expect(await refusal()).to.match(/order-3.orders\.csv and .*order-1.orders\.csv differ at trade 2/);
  });

  it('refuses when a damaged log is longer than all intact ones, else goes without it', async () => {
    await loseJournal();
    const log = files.path('order-3/orders.csv');
    await writeFile(log, (await readFile(log, 'utf8')).replace('\n4,', '\n5,'));
    expect((await plan()).warnings.join()).to.match(/^order-3 is not used: .*orders\.csv:5: this line/);
    await files.writeLog(1, files.trades.slice(0, 3));
    await files.writeLog(2, files.trades.slice(0, 2));
    expect(await refusal()).to.match(
      /order-3.orders\.csv:5: [^]* 4 rows, more than the 3 trades of .*order-1/,
    );
  });

  it('warns when a log is not there to compare', async () => {
    await loseJournal();
    await rm(files.path('order-1/orders.csv'));
    const { source, warnings } = await plan();
    expect(source.name).to.equal('order-2');
    expect(warnings.join()).to.match(/order-1 is not there to compare: .*missing\. Orders that only order-1/);
  });

  it('warns when it falls back to the catalog that we ship, unless it is told to take that one', async () => {
    await rm(files.path('catalog'), { recursive: true });
    const [first] = files.trades;
    await Promise.all([1, 2, 3].map((replica) => files.writeLog(replica, chained([first as Trade]))));
    expect((await plan()).warnings.join()).to.match(
      /^volumes.catalog.initial_catalog\.csv is the catalog that we ship/,
    );
    const told = {
      dataDirectory: directory(),
      initialCatalog: 'volumes/catalog/initial_catalog.csv',
      force: false,
    };
    expect((await planRebuild(told)).warnings).to.deep.equal([]);
  });

  it('refuses when there is a journal, and with force moves it aside', async () => {
    expect(await refusal()).to.match(/journal\.csv exists/);
    const before = await contents(files.path('catalog'));
    const moved = await rebuild(true);
    expect(moved).to.deep.equal([
      files.path('catalog/journal.2026-01-31T12-30-00-123Z.csv'),
      files.path('catalog/catalog.2026-01-31T12-30-00-123Z.csv'),
    ]);
    expect(await readFile(moved[0] as string, 'latin1')).to.equal(before[files.path('catalog/journal.csv')]);
    expect(await readFile(moved[1] as string, 'latin1')).to.equal(before[files.path('catalog/catalog.csv')]);
    await rebuild(true);
    expect(
      (await readdir(files.path('catalog'))).filter((name) => name.startsWith('journal')),
    ).to.have.members([
      'journal.csv',
      'journal.2026-01-31T12-30-00-123Z.csv',
      'journal.2026-01-31T12-30-00-123Z-2.csv',
    ]);
  });

  it('warns before it replaces an intact journal that holds more', async () => {
    await files.tradeOnce(order('f'));
    expect((await plan(true)).warnings.join()).to.match(
      /journal\.csv is intact, and has 5 trades: more than/,
    );
  });

  it('refuses when the initial catalog lacks a traded stock', async () => {
    await loseJournal();
    await writeStocks(files.path('catalog/initial_catalog.csv'), [stock('GameStart', 100)]);
    expect(await refusal()).to.match(/trade 2 is of BoarCo, which .*initial_catalog\.csv does not list/);
  });

  it('refuses when a stock would go below zero', async () => {
    await loseJournal();
    await writeStocks(files.path('catalog/initial_catalog.csv'), [
      stock('GameStart', 42),
      stock('BoarCo', 5),
    ]);
    expect(await refusal()).to.match(/trade 3 buys more of "GameStart" than there is/);
  });

  it('refuses when an order is in the log twice, or its terms go back', async () => {
    await loseJournal();
    const next = { ...order('f'), type: 'buy' as const, number: 5, term: 3, checksum: 0 };
    await files.writeLog(1, chained([...files.trades, { ...next, orderId: 'a' }]));
    expect(await refusal()).to.match(/trade 5 repeats the order id a/);
    await files.writeLog(1, chained([...files.trades, { ...next, term: 2 }]));
    expect(await refusal()).to.match(/trade 5 goes back from term 3/);
  });

  it('refuses an initial catalog that has seen more trades than the log holds', async () => {
    await loseJournal();
    await writeStocks(files.path('catalog/initial_catalog.csv'), [stock('GameStart', 1, { version: 9 })]);
    expect(await refusal()).to.match(/has seen trade 9, but .* ends with 4/);
  });

  it('has nothing to rebuild from where no log holds a trade', async () => {
    await loseJournal();
    await Promise.all([1, 2].map((replica) => files.writeLog(replica, [])));
    await rm(files.path('order-3'), { recursive: true });
    const error: unknown = await plan().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(NothingToRebuildFromError);
    expect((error as Error).message).to.match(/order-1.orders\.csv holds no trades[^]*order-3.*missing/);
  });

  it('leaves everything as it was when the disk is full, or fails', async () => {
    const before = await contents(directory());
    const planned = await plan(true);
    const failure = () => carryOut(planned, now).catch((reason: unknown) => reason);
    disk().roomBytes = 200;
    expect(await failure()).to.be.instanceOf(DiskFullError);
    disk().roomBytes = Infinity;
    disk().failsToSync = true;
    expect(await failure()).to.match(/EIO/);
    disk().failsToSync = false;
    expect(await contents(directory())).to.deep.equal(before);
  });
});
