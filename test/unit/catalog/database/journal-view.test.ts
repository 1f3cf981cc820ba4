import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { JournalView } from '../../../../src/catalog/database/journal-view.js';
import { Ledger } from '../../../../src/catalog/ledger.js';
import { MemoryDatabase } from '../../../support/memory-database.js';
import { order, stock } from '../../../support/example-trades.js';
import { useTemporaryDirectory } from '../../../support/temporary-directory.js';

const stocks = [stock('GameStart', 5)];

describe('journal.csv as a view of a database', () => {
  const directory = useTemporaryDirectory();
  let database: MemoryDatabase;
  let ledger: Ledger;
  let moved: string[];

  const path = () => join(directory(), 'journal.csv');
  const text = () => readFileSync(path(), 'utf8');
  const orderIds = () =>
    text()
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[4]);
  const view = () =>
    JournalView.open(directory(), database, ledger, {
      onFailure: (error) => {
        throw error;
      },
      onMoved: (to) => moved.push(to),
    });

  async function record(...orderIds: readonly string[]): Promise<void> {
    const { leadership } = ledger;
    const proposal = ledger.decide(
      orderIds.map((orderId) => order(orderId)),
      leadership.term,
    );
    await database.add(0, { after: ledger.records, ...proposal, leadership, beginsTerm: false });
    ledger.apply(proposal);
  }

  async function update(): Promise<void> {
    const opened = await view();
    await opened.update();
    await opened.close();
  }

  beforeEach(() => {
    database = new MemoryDatabase(stocks);
    ledger = new Ledger(stocks);
    moved = [];
  });

  it('is written, and continued by the next process', async () => {
    await record('a', 'b');
    await update();
    const before = text();
    await record('c');
    await update();
    expect(text().startsWith(before)).to.equal(true);
    expect(orderIds()).to.deep.equal(['a', 'b', 'c']);
    expect(moved).to.deep.equal([]);
  });

  it('goes on where a crash has cut off its last line', async () => {
    await record('a');
    await update();
    appendFileSync(path(), '2,GameSt');
    await record('b');
    await update();
    expect([orderIds(), moved]).to.deep.equal([['a', 'b'], []]);
  });

  const strangers: readonly (readonly [string, () => Promise<void> | void, readonly string[]])[] = [
    ['is of another history', () => beginAnew('other', 'orders'), ['other', 'orders']],
    ['is ahead of the database', () => beginAnew('a'), ['a']],
    ['is damaged', () => writeFileSync(path(), text().replace(',a,', ',x,')), ['a', 'b']],
  ];

  async function beginAnew(...ids: readonly string[]): Promise<void> {
    database = new MemoryDatabase(stocks);
    ledger = new Ledger(stocks);
    await record(...ids);
  }

  strangers.forEach(([what, happen, expected]) => {
    it(`is moved aside and written anew when it ${what}`, async () => {
      await record('a', 'b');
      await update();
      await happen();
      await update();
      expect(orderIds()).to.deep.equal(expected);
      expect(moved).to.have.lengthOf(1);
      expect(readdirSync(directory())).to.have.members(['journal.csv', basename(moved[0] as string)]);
    });
  });
});
