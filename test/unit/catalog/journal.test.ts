import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Journal } from '../../../src/catalog/journal.js';
import { Ledger } from '../../../src/catalog/ledger.js';
import { DiskFullError } from '../../../src/shared/append-file.js';
import type { Order } from '../../../src/shared/domain.js';
import { chainChecksum, DamagedFileError, sealLine } from '../../../src/shared/sealed-csv.js';
import { order, stock } from '../../support/example-trades.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { useTemporaryDirectory } from '../../support/temporary-directory.js';

const header = 'TransactionNumber,Name,Type,VolumeTraded,OrderId,Term,Checksum';

const unexpected = (error: Error): never => {
  throw error;
};

/** A catalog's state on disk and in memory, without what lies between. */
class Books {
  readonly ledger = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
  readonly journal: Journal;
  readonly droppedBytes: number;

  private constructor(ledger: Ledger, journal: Journal, droppedBytes: number) {
    this.ledger = ledger;
    this.journal = journal;
    this.droppedBytes = droppedBytes;
  }

  static async open(directory: string): Promise<Books> {
    const ledger = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
    const end = Journal.read(directory, ledger);
    return new Books(ledger, await Journal.open(end, unexpected), end.tornBytes);
  }

  async trade(...orders: readonly Order[]): Promise<void> {
    const { term } = this.ledger.leadership;
    const proposal = this.ledger.decide(orders, term);
    await this.journal.appendBatch(proposal, term);
    this.ledger.apply(proposal);
  }

  async beginTerm(term: number, leaderId: number): Promise<void> {
    await this.journal.appendTerm({ term, leaderId });
    this.ledger.beginTerm({ term, leaderId });
  }

  /** What a restart must bring back. */
  get memory() {
    const { ledger } = this;
    return {
      stocks: [...ledger.stocks.values()],
      trades: ledger.tradesAfter(0, 100),
      term: ledger.leadership,
    };
  }
}

/** Trades, refusals and terms of every kind. */
async function writeHistory(directory: string): Promise<Books> {
  const books = await Books.open(directory);
  await books.beginTerm(1, 3);
  await books.trade(order('a', { quantity: 40 }), order('b', { name: 'BoarCo', quantity: 6 }));
  await books.trade(
    order('c', { type: 'sell', quantity: 2_147_483_647 }),
    order('d', { type: 'sell', quantity: 0 }),
  );
  await books.beginTerm(2, 1);
  await books.trade(order('e', { quantity: 2 }), order('f', { name: 'BoarCo' }));
  return books;
}

describe('journal', () => {
  const directory = useTemporaryDirectory();
  const disk = FaultyDisk.use();
  const path = () => join(directory(), 'journal.csv');
  const text = () => readFile(path(), 'utf8');

  it('brings back trades, refusals and the term after a restart', async () => {
    const before = await writeHistory(directory());
    await before.journal.close();
    const after = await Books.open(directory());
    expect(after.droppedBytes).to.equal(0);
    expect(after.memory).to.deep.equal(before.memory);
    expect(after.memory.term).to.deep.equal({ term: 2, leaderId: 1 });
    const again = [
      order('b', { name: 'BoarCo', quantity: 6 }),
      order('c', { type: 'sell', quantity: 2_147_483_647 }),
    ];
    expect(after.ledger.decide(again, 2).decisions).to.deep.equal([
      { code: 404, message: 'not enough stocks left to buy' },
      { code: 404, message: 'too many stocks to sell' },
    ]);
    await after.journal.close();
  });

  it('is a table that a spreadsheet can read', async () => {
    const books = await writeHistory(directory());
    await books.journal.close();
    const rows = (await text()).split('\n').map((line) => line.replace(/,[0-9a-f]{8}$/, ',…'));
    expect(rows).to.deep.equal([
      header,
      '0,,term,3,,1,…',
      '1,GameStart,buy,40,a,1,…',
      '0,BoarCo,refused-buy,6,b,1,…',
      '2,GameStart,sell,0,d,1,…',
      '0,GameStart,refused-sell,2147483647,c,1,…',
      '0,,term,1,,2,…',
      '3,GameStart,buy,2,e,2,…',
      '4,BoarCo,buy,1,f,2,…',
      '',
    ]);
  });

  it('goes on after a restart as if there had been none', async () => {
    const books = await writeHistory(directory());
    await books.journal.close();
    const restarted = await Books.open(directory());
    await restarted.trade(order('g'));
    await restarted.journal.close();
    const last = await Books.open(directory());
    expect(last.memory.trades.map(({ orderId }) => orderId)).to.deep.equal(['a', 'd', 'e', 'f', 'g']);
    expect((await text()).match(/Checksum/g)).to.have.lengthOf(1);
    await last.journal.close();
  });

  it('loses the last line, and no other, when a crash cuts it at whichever byte, and goes on from there', async () => {
    const books = await writeHistory(directory());
    await books.journal.close();
    const whole = await text();
    const lastLineAt = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let cut = lastLineAt; cut < whole.length; cut += 1) {
      await writeFile(path(), whole.slice(0, cut));
      const restarted = await Books.open(directory());
      expect(restarted.droppedBytes, `cut at ${cut}`).to.equal(cut - lastLineAt);
      expect(restarted.ledger.end.number, `cut at ${cut}`).to.equal(3);
      await restarted.trade(order('f', { name: 'BoarCo' }));
      await restarted.journal.close();
      expect(await text(), `cut at ${cut}`).to.equal(whole);
    }
  });

  it('begins anew when a crash cut its very first write', async () => {
    for (const cut of [0, 1, header.length, header.length + 1]) {
      await writeFile(path(), `${header}\n0,,term`.slice(0, cut));
      const books = await Books.open(directory());
      await books.beginTerm(1, 3);
      await books.journal.close();
      expect((await text()).replace(/,[0-9a-f]{8}\n$/, '')).to.equal(`${header}\n0,,term,3,,1`);
    }
  });

  it('stops at a damaged line in the middle, names file and line, and changes nothing', async () => {
    const books = await writeHistory(directory());
    await books.journal.close();
    const damaged = (await text()).replace('GameStart,buy,40', 'GameStart,buy,41');
    await writeFile(path(), damaged);
    const error: unknown = await Books.open(directory()).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(DamagedFileError);
    expect(error).to.match(/journal\.csv:3: this line does not fit.*Nothing was changed/);
    expect(await text()).to.equal(damaged);
  });

  const senseless: [string, string, RegExp][] = [
    ['a trade with the wrong number', '3,GameStart,buy,1,b,1', /has transaction number 3 where 2 should be/],
    [
      'a trade of an unknown stock',
      '2,Nobody,buy,1,b,1',
      /trades "Nobody", which catalog\.csv does not list/,
    ],
    ['an order id twice', '2,GameStart,buy,1,a,1', /repeats the order id a/],
    ['more bought than there was', '2,GameStart,buy,100,b,1', /buys more of "GameStart" than there is/],
    ['a trade of a part of a share', '2,GameStart,buy,1.5,b,1', /is not a record of a journal/],
    ['a trade of less than nothing', '2,GameStart,buy,-1,b,1', /is not a record of a journal/],
    ['a column too few', '2,GameStart,buy,1,b', /is not a record of a journal/],
    ['a column too many', '2,GameStart,buy,1,b,1,', /is not a record of a journal/],
    ['an unknown kind of record', '0,GameStart,swap,1,b,1', /is not a record of a journal/],
    ['a refusal without an order id', '0,GameStart,refused-buy,1,,1', /is not a record of a journal/],
    ['a refusal that is numbered', '2,GameStart,refused-buy,1,b,1', /is not a record of a journal/],
  ];
  for (const [what, row, reason] of senseless) {
    it(`stops at an intact line that makes no sense: ${what}`, async () => {
      const first = '1,GameStart,buy,1,a,1';
      const checksum = chainChecksum(first, 0);
      const lines = [`${header}\n`, sealLine(first, checksum), sealLine(row, chainChecksum(row, checksum))];
      await writeFile(path(), lines.join(''));
      const error: unknown = await Books.open(directory()).catch((problem: unknown) => problem);
      expect(error)
        .to.be.instanceOf(DamagedFileError)
        .and.to.match(/journal\.csv:3: /)
        .and.to.match(reason);
    });
  }

  it('records nothing of a batch for which the disk has no room, and takes the next one', async () => {
    const books = await Books.open(directory());
    await books.beginTerm(1, 3);
    const before = await text();
    disk().roomBytes = 30;
    const error: unknown = await books.trade(order('a'), order('b')).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(DiskFullError);
    expect(await text()).to.equal(before);
    disk().roomBytes = Infinity;
    await books.trade(order('a'), order('c'));
    await books.journal.close();
    const restarted = await Books.open(directory());
    expect(restarted.memory.trades.map(({ number, orderId }) => [number, orderId])).to.deep.equal([
      [1, 'a'],
      [2, 'c'],
    ]);
    await restarted.journal.close();
  });

  it('writes its header with the first batch that the disk has room for', async () => {
    const books = await Books.open(directory());
    disk().roomBytes = 10;
    await books.beginTerm(1, 3).catch(() => undefined);
    expect(await text()).to.equal('');
    disk().roomBytes = Infinity;
    await books.beginTerm(1, 2);
    await books.journal.close();
    expect((await text()).split('\n')[0]).to.equal(header);
    const restarted = await Books.open(directory());
    expect(restarted.ledger.leadership).to.deep.equal({ term: 1, leaderId: 2 });
    await restarted.journal.close();
  });
});
