import { expect } from 'chai';
import { ActivityLease } from '../../../../src/catalog/database/activity-lease.js';
import { DatabaseJournal } from '../../../../src/catalog/database/database-journal.js';
import { DatabaseAwayError } from '../../../../src/catalog/database/ledger-database.js';
import { checkCopy, copyLedger, followLedger } from '../../../../src/catalog/database/ledger-copy.js';
import { standBy } from '../../../../src/catalog/database/standby.js';
import { Ledger } from '../../../../src/catalog/ledger.js';
import { DiskFullError } from '../../../../src/shared/append-file.js';
import type { Order } from '../../../../src/shared/domain.js';
import { MemoryDatabase, type Fate } from '../../../support/memory-database.js';
import { order, stock } from '../../../support/example-trades.js';
import { settle, VirtualClock, watch } from '../../../support/virtual-clock.js';

const stocks = [stock('GameStart', 5), stock('BoarCo', 0)];
const leaseMs = 600;

/** A catalog's ledger and journal, without the catalog. */
class Writer {
  readonly ledger = new Ledger(stocks);
  readonly lost: string[] = [];
  readonly database: MemoryDatabase;
  readonly clock: VirtualClock;
  #journal!: DatabaseJournal;

  constructor(database: MemoryDatabase, clock: VirtualClock) {
    this.database = database;
    this.clock = clock;
  }

  async begin(): Promise<this> {
    const parts = { database: this.database, clock: this.clock, leaseMs };
    const { head, activity } = await this.clock.until(
      standBy(
        parts,
        this.ledger,
        (claimed, ms) => new ActivityLease(parts, claimed, ms, (reason) => this.lost.push(reason)),
      ),
    );
    this.#journal = new DatabaseJournal({ ...parts, activity }, head);
    return this;
  }

  async beginTerm(term: number, leaderId: number): Promise<void> {
    await this.clock.until(this.#journal.appendTerm({ term, leaderId }));
    this.ledger.beginTerm({ term, leaderId });
  }

  tryRoom(): Promise<void> {
    return this.#journal.tryRoom();
  }

  async trade(...orders: readonly Order[]): Promise<void> {
    const { term } = this.ledger.leadership;
    const proposal = this.ledger.decide(orders, term);
    await this.#journal.appendBatch(proposal, term);
    this.ledger.apply(proposal);
  }
}

describe('the journal in a database', () => {
  let database: MemoryDatabase;
  let clock: VirtualClock;
  let writer: Writer;

  const orderIds = (): string[] => database.records.map((fields) => fields[4] as string);

  beforeEach(async () => {
    clock = new VirtualClock();
    database = new MemoryDatabase(stocks);
    writer = await new Writer(database, clock).begin();
    await writer.beginTerm(1, 3);
  });

  it('holds trades, refusals and terms in their order, and a copy of it is the same ledger', async () => {
    await clock.until(writer.trade(order('a'), order('b', { quantity: 300 }), order('c')));
    await writer.beginTerm(2, 2);
    await clock.until(writer.trade(order('d', { type: 'sell', quantity: 7 })));
    const copy = await copyLedger(database, 1);
    expect(copy.end).to.deep.equal(writer.ledger.end);
    expect([...copy.stocks.values()]).to.deep.equal([...writer.ledger.stocks.values()]);
    expect(copy.leadership).to.deep.equal({ term: 2, leaderId: 2 });
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => copy.hasDecided(id))).to.deep.equal([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(copy.records).to.equal(6);
    checkCopy(copy, database.now);
  });

  const troubles: readonly (readonly [string, readonly Fate[]])[] = [
    ['the answer is lost', ['done, not answered']],
    ['the statement is lost', ['lost']],
    ['the statement, and then two questions about it, are lost', ['lost', 'lost', 'lost']],
    [
      'the answer, and then that to the question about it, are lost',
      ['done, not answered', 'done, not answered'],
    ],
    [
      'the database is away twice, and takes it the second time without an answer',
      ['lost', 'done', 'done, not answered'],
    ],
    ['transactions get in each other’s way', ['conflict', 'done', 'conflict']],
  ];
  troubles.forEach(([what, fates]) => {
    it(`records a batch once when ${what}`, async () => {
      database.fates.push(...fates);
      await clock.until(writer.trade(order('a'), order('b')));
      await clock.until(writer.trade(order('c')));
      expect(orderIds()).to.deep.equal(['', 'a', 'b', 'c']);
      checkCopy(await copyLedger(database, 1), database.now);
    });
  });

  it('records a batch once when the first attempt arrives after the second', async () => {
    database.fates.push('late');
    await clock.until(writer.trade(order('a')));
    database.arrive();
    await clock.until(writer.trade(order('b')));
    database.arrive();
    expect(orderIds()).to.deep.equal(['', 'a', 'b']);
  });

  it('knows its batch when the first attempt arrives before the second', async () => {
    database.fates.push('late', 'done', 'late');
    const traded = watch(writer.trade(order('a')));
    await settle();
    database.arrive();
    await clock.advance(1_000);
    expect(traded.settled).to.equal(true);
    expect(orderIds()).to.deep.equal(['', 'a']);
  });

  it('says that there is no room, and nothing is recorded then', async () => {
    database.fates.push('no room');
    const refused = await writer.trade(order('a')).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DiskFullError);
    expect(orderIds()).to.deep.equal(['']);
    await clock.until(writer.trade(order('b')));
    expect(orderIds()).to.deep.equal(['', 'b']);
  });

  it('has no room as long as a trial finds none, or the database is away', async () => {
    for (const fate of ['no room', 'lost'] as const) {
      database.fates.push(fate);
      const tried = await writer.tryRoom().catch((error: unknown) => error);
      expect(tried, fate).to.be.instanceOf(DiskFullError);
    }
    await writer.tryRoom();
    expect(orderIds()).to.deep.equal(['']);
  });

  it('never answers when another catalog has taken over, whether the batch is recorded or not', async () => {
    for (const fate of ['lost', 'done, not answered'] as const) {
      database = new MemoryDatabase(stocks);
      const before = await new Writer(database, clock).begin();
      await before.beginTerm(1, 3);
      database.fates.push(fate, 'lost');
      const traded = watch(before.trade(order('a')));
      await settle();
      const next = new Writer(database, clock);
      await database.claim(database.now);
      await clock.advance(3_000);
      expect(traded.settled).to.equal(false);
      expect(before.lost).to.have.lengthOf(1);
      await followLedger(database, next.ledger, database.now);
      expect(next.ledger.hasDecided('a')).to.equal(fate === 'done, not answered');
    }
  });

  it('adds nothing to what another catalog has taken over', async () => {
    await database.claim(database.now);
    const traded = watch(writer.trade(order('late')));
    await clock.advance(1_000);
    expect(traded.settled).to.equal(false);
    expect(orderIds()).to.deep.equal(['']);
  });

  it('lets one catalog after the other be the active one, none of them too early', async () => {
    await clock.until(writer.trade(order('a')));
    const other = new Writer(database, clock);
    const began = watch(other.begin());
    await clock.advance(5_000);
    expect(began.settled).to.equal(false);
    // The active one dies: nothing is renewed any more.
    const { renew } = database;
    database.renew = () => new Promise(() => undefined);
    await clock.advance(leaseMs);
    expect(began.settled).to.equal(false);
    database.renew = renew.bind(database);
    await clock.advance(leaseMs);
    expect(began.settled).to.equal(true);
    await clock.until(other.trade(order('b')));
    expect(orderIds()).to.deep.equal(['', 'a', 'b']);
  });

  it('is taken over with the last records, though they could not be read before', async () => {
    await clock.until(writer.trade(order('a')));
    const { read, now } = database;
    database.read = (...range) =>
      database.now.epoch === now.epoch
        ? Promise.reject(new DatabaseAwayError('away'))
        : read.apply(database, range);
    // The active one dies: nothing is renewed any more.
    database.renew = () => new Promise(() => undefined);
    const other = await clock.until(new Writer(database, clock).begin());
    expect(other.ledger.hasDecided('a')).to.equal(true);
  });

  it('is not continued from a copy of something else', async () => {
    await clock.until(writer.trade(order('a')));
    const copy = await copyLedger(database, 1);
    expect(() => checkCopy(copy, { ...database.now, lastChecksum: 7 })).to.throw('was an old one restored?');
    expect(() => checkCopy(copy, { ...database.now, records: 1 })).to.throw('was an old one restored?');
  });
});
