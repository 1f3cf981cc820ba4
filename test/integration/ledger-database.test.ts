// What the ledger asks of its database (src/catalog/database/ledger-database.ts), of PostgreSQL as of its twin in the
// simulations.
import { expect } from 'chai';
import type { Addition, LedgerDatabase } from '../../src/catalog/database/ledger-database.js';
import { PostgresLedger } from '../../src/catalog/database/postgres-ledger.js';
import { migrate } from '../../src/catalog/database/postgres-schema.js';
import { PostgresSession } from '../../src/catalog/database/postgres-session.js';
import { Ledger, type Stock } from '../../src/catalog/ledger.js';
import { order, stock } from '../support/example-trades.js';
import { MemoryDatabase } from '../support/memory-database.js';
import { needsPostgres, PostgresServer } from '../support/postgres-server.js';
import { SilentLogger } from '../support/silent-logger.js';

const stocks: readonly Stock[] = [stock('GameStart', 100)];
const leadership = { term: 0, leaderId: 0 };

/** One trade after another, each as a batch of its own. */
class Batches {
  readonly #ledger = new Ledger(stocks);

  next(orderId: string): Addition {
    const proposal = this.#ledger.decide([order(orderId)], 0);
    const after = this.#ledger.records;
    this.#ledger.apply(proposal);
    return { ...proposal, after, leadership, beginsTerm: false };
  }
}

/** @param open gives a new, empty database */
function keepsTheContract(open: () => Promise<LedgerDatabase>): void {
  let database: LedgerDatabase;
  let batches: Batches;

  beforeEach(async () => {
    database = await open();
    batches = new Batches();
  });

  /** Becomes the active one. @returns the epoch */
  async function claim(): Promise<number> {
    const head = await database.claim(await database.head());
    return head?.epoch ?? NaN;
  }

  const orderIds = async () => (await database.read(0, 100)).map((fields) => fields[4]);

  it('begins the next epoch with each claim', async () => {
    expect([await claim(), await claim()]).to.deep.equal([1, 2]);
  });

  it('grants no claim after anything was written, and one of two', async () => {
    const seen = await database.head();
    const epoch = (await database.claim(seen))?.epoch as number;
    expect(await database.claim(seen)).to.equal(undefined);
    const later = await database.head();
    await database.renew(epoch);
    expect(await database.claim(later)).to.equal(undefined);
  });

  it('adds nothing in an epoch that is over', async () => {
    const over = await claim();
    const now = await claim();
    const batch = batches.next('a');
    expect(await database.add(over, batch)).to.equal(false);
    expect(await database.renew(over)).to.equal(undefined);
    expect(await orderIds()).to.deep.equal([]);
    expect(await database.add(now, batch)).to.equal(true);
    expect(await orderIds()).to.deep.equal(['a']);
  });

  it('adds nothing a second time, nor behind a gap', async () => {
    const epoch = await claim();
    const [first, , third] = ['a', 'b', 'c'].map((id) => batches.next(id));
    await database.add(epoch, first as Addition);
    expect(await database.add(epoch, first as Addition)).to.equal(false);
    expect(await database.add(epoch, third as Addition)).to.equal(false);
    expect(await orderIds()).to.deep.equal(['a']);
  });

  it('counts up with whatever is written, so that others see it', async () => {
    const epoch = await claim();
    const { renewals } = await database.head();
    await database.renew(epoch);
    await database.add(epoch, batches.next('a'));
    expect((await database.head()).renewals).to.equal(renewals + 2);
  });

  it('leaves nothing of a trial of its room', async () => {
    const epoch = await claim();
    await database.add(epoch, batches.next('a'));
    const before = await database.head();
    await database.tryRoom();
    expect(await database.head()).to.deep.equal(before);
    expect(await orderIds()).to.deep.equal(['a']);
    expect(await database.add(epoch, batches.next('b'))).to.equal(true);
  });

  it('tells of a release in the current epoch, until the next one begins', async () => {
    const over = await claim();
    const epoch = await claim();
    await database.release(over);
    expect((await database.head()).released).to.equal(false);
    await database.release(epoch);
    expect((await database.head()).released).to.equal(true);
    await claim();
    expect((await database.head()).released).to.equal(false);
  });
}

describe('the database of a ledger, simulated', () => {
  keepsTheContract(() => Promise.resolve(new MemoryDatabase(stocks)));
});

describe('the database of a ledger, PostgreSQL', function () {
  this.timeout(60_000);
  needsPostgres();
  let server: PostgresServer | undefined;
  const sessions: PostgresSession[] = [];

  before(async () => {
    server = await PostgresServer.start();
  });

  after(async () => {
    await Promise.all(sessions.map((session) => session.close()));
    await server?.close();
  });

  keepsTheContract(async () => {
    const { url } = server as PostgresServer;
    const name = `ledger_${sessions.length}`;
    await server?.query(`CREATE DATABASE ${name}`, 'postgres');
    const session = new PostgresSession(url.replace(/stocks$/, name), new SilentLogger());
    sessions.push(session);
    await migrate(session, () => Promise.resolve(stocks));
    return new PostgresLedger(session);
  });
});
