import { tradeLines } from '../../../src/shared/trade-line.js';
import { TradeList } from '../../../src/shared/trade-list.js';
import { expect } from 'chai';
import { LogConflictError, OrderLog } from '../../../src/order/order-log.js';
import { Replica } from '../../../src/order/replica.js';
import type { Trade } from '../../../src/shared/domain.js';
import { order, tradeHistory } from '../../support/example-trades.js';
import { FakeFollower } from '../../support/fake-follower.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { MemoryOrderFile } from '../../support/memory-order-file.js';
import { SilentLogger } from '../../support/silent-logger.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const timing = {
  followerTimeoutMs: 100,
  idleIntervalMs: 100,
  retryIntervalMs: 100,
  newsPatienceMs: 200,
  ledgerWatchIntervalMs: 500,
};
const limits = { maxInFlight: 1_024, ledgerPatienceMs: 2_000, retryIntervalMs: 50 };

const done = (number: number) => ({ code: 200, message: '', number });
const notLeader = (hint: string) => ({ code: 421, message: `not the leader: ${hint}`, number: 0 });
const notFound = { code: 404, message: 'Transaction number not found' };

describe('order replica 3', () => {
  let clock: VirtualClock;
  let ledger: FakeLedger;
  let file: MemoryOrderFile;
  let log: OrderLog;
  let peers: [FakeFollower, FakeFollower];
  let fatalErrors: Error[];
  let replica: Replica;

  /** A replica that has just started, with these trades on its disk. */
  function build(stored: readonly Trade[] = []): Replica {
    file = new MemoryOrderFile();
    log = new OrderLog(file, new TradeList([...stored]), stored.length === 0);
    return new Replica({
      id: 3,
      log,
      ledger,
      peers,
      clock,
      timing,
      limits,
      logger: new SilentLogger(),
      fatal: (error) => fatalErrors.push(error),
    });
  }

  /** Trades that the ledger executed under somebody else. */
  async function executed(count: number): Promise<readonly Trade[]> {
    for (let number = 1; number <= count; number += 1) {
      await ledger.execute(order(`old-${number}`, { type: 'sell' }));
    }
    return ledger.trades;
  }

  beforeEach(async () => {
    clock = new VirtualClock();
    ledger = await FakeLedger.start(clock);
    peers = [new FakeFollower(1), new FakeFollower(2)];
    fatalErrors = [];
    replica = build();
  });
  afterEach(() => replica.stop());

  describe('as a follower', () => {
    const leader = { term: 4, leaderId: 2 };
    const history = tradeHistory(5, 4);

    it('starts, whatever its id, and sends orders elsewhere', async () => {
      replica.start();
      await clock.advance(1_000);
      expect(replica.status).to.include({ role: 'follower', term: 0, leaderId: 0 });
      expect(await replica.submit(order('a'))).to.deep.equal(notLeader('no leader is known'));
      await replica.replicate(leader, tradeLines([]));
      expect(await replica.submit(order('a'))).to.deep.equal(notLeader('replica 2 leads'));
      expect(ledger.trades).to.deep.equal([]);
    });

    it('acknowledges what is on its disk, and not before', async () => {
      file.hold();
      const answer = watch(replica.replicate(leader, tradeLines(history.slice(0, 2))));
      await clock.advance(10_000);
      expect(answer.settled).to.equal(false);
      file.release();
      await settle();
      expect(answer.value).to.deep.equal({ code: 200, term: 4, lastNumber: 2 });
      expect(file.rows).to.have.lengthOf(2);
    });

    it('takes nothing from the leader of an earlier term', async () => {
      await replica.replicate(leader, tradeLines(history.slice(0, 1)));
      const outcome = await replica.replicate({ term: 3, leaderId: 1 }, tradeLines(history.slice(1, 2)));
      expect(outcome).to.deep.equal({ code: 409, term: 4, lastNumber: 1 });
      expect(replica.status).to.include({ term: 4, leaderId: 2, lastNumber: 1 });
      expect(
        await replica.replicate({ term: 5, leaderId: 1 }, tradeLines(history.slice(1, 2))),
      ).to.deep.equal({
        code: 200,
        term: 5,
        lastNumber: 2,
      });
      expect(replica.status).to.include({ term: 5, leaderId: 1 });
    });

    it('believes no term that the ledger would not follow, however small the steps to it', async () => {
      for (const term of [1_001, 1_000, 2_000, 3_000]) {
        const { code } = await replica.replicate({ term, leaderId: 2 }, tradeLines([]));
        expect(code, String(term)).to.equal(term === 1_000 ? 200 : 503);
      }
      expect(await replica.notice(3, 1_000)).to.deep.equal({ term: 1_001, leaderId: 3, code: 200 });
    });

    it('believes a term far ahead once the ledger has confirmed it', async () => {
      for (const seen of [1_000, 2_000, 3_000]) {
        await ledger.catalog.beginTerm(2, seen, { number: 0, checksum: 0 });
      }
      const ended = await replica.replicate({ term: 2_001, leaderId: 1 }, tradeLines([]));
      expect(ended).to.include({ code: 409, term: 3_001 });
      const { code } = await replica.replicate({ term: 3_001, leaderId: 2 }, tradeLines([]));
      expect(code).to.equal(200);
    });

    it('says how far it is when there is a gap', async () => {
      await replica.replicate(leader, tradeLines(history.slice(0, 2)));
      expect(await replica.replicate(leader, tradeLines(history.slice(3)))).to.deep.equal({
        code: 412,
        term: 4,
        lastNumber: 2,
      });
      expect(log.end.number).to.equal(2);
      expect(await replica.replicate(leader, tradeLines(history.slice(1)))).to.deep.equal({
        code: 200,
        term: 4,
        lastNumber: 5,
      });
      expect(file.rows).to.have.lengthOf(5);
    });

    describe('that is sent trades which do not fit its history', () => {
      it('stops the process when its history is not that of the ledger', async () => {
        const theirs = await executed(4);
        await replica.replicate(leader, tradeLines(history.slice(0, 3)));
        const { code } = await replica.replicate(leader, tradeLines(theirs.slice(2)));
        expect(code).to.equal(503);
        expect(fatalErrors).to.have.lengthOf(1);
        expect(fatalErrors[0]).to.be.instanceOf(LogConflictError);
      });

      it('goes on when the ledger confirms its history, or cannot be asked, or knows less', async () => {
        const strange = [tradeLines(tradeHistory(3, 9).slice(2)), tradeLines(history.slice(3)).subarray(9)];
        const ours = await executed(3);
        await replica.replicate(leader, tradeLines(ours));
        for (const lines of strange) {
          expect(await replica.replicate(leader, lines)).to.deep.equal({ code: 503, term: 4, lastNumber: 3 });
        }
        ledger.mode = 'away';
        expect((await replica.replicate(leader, strange[0] as Buffer)).code).to.equal(503);
        expect(fatalErrors).to.deep.equal([]);
      });
    });

    it('says when its disk is full, and when there is room again', async () => {
      replica.start();
      await settle();
      expect(replica.status.ready).to.equal(true);
      file.full = true;
      expect(await replica.replicate(leader, tradeLines(history))).to.deep.equal({
        code: 503,
        term: 4,
        lastNumber: 0,
      });
      expect(replica.status.ready).to.equal(false);
      file.full = false;
      expect(await replica.replicate(leader, tradeLines(history))).to.deep.equal({
        code: 200,
        term: 4,
        lastNumber: 5,
      });
      expect(replica.status.ready).to.equal(true);
      expect(fatalErrors).to.deep.equal([]);
    });

    it('is not ready to lead while the ledger does not answer', async () => {
      ledger.mode = 'away';
      replica.start();
      await clock.advance(1_000);
      expect(replica.status.ready).to.equal(false);
      ledger.mode = 'up';
      await clock.advance(500);
      expect(replica.status.ready).to.equal(true);
    });

    it('nor while it takes half a second to answer, or its disk is full, and says why', async () => {
      replica.start();
      await clock.advance(1_000);
      expect(replica.status).to.include({ ready: true, unreadyReason: '' });
      ledger.hold();
      await clock.advance(1_100);
      expect(replica.unreadyReason).to.equal('order replica 3 does not reach the catalog');
      ledger.release();
      await settle();
      expect(replica.unreadyReason).to.equal('');
      await ledger.catalog.noticeRoom(true);
      await clock.advance(600);
      expect(replica.status).to.include({ ready: false, unreadyReason: 'the disk of the catalog is full' });
    });

    describe('without news for 200 ms asks for what it misses', () => {
      beforeEach(async () => {
        const trades = await executed(3);
        peers.forEach((peer) => peer.trades.push(...trades));
      });
      const asked = () => peers.map(({ questions }) => questions > 0);

      it('the leader, if it knows one', async () => {
        await replica.replicate({ term: 1, leaderId: 1 }, tradeLines([]));
        replica.start();
        await clock.advance(199);
        expect(asked()).to.deep.equal([false, false]);
        await clock.advance(1);
        expect(asked()).to.deep.equal([true, false]);
        expect(log.after(0, 10)).to.deep.equal(ledger.trades);
      });

      it('else the ledger', async () => {
        replica.start();
        await settle();
        expect(log.after(0, 10)).to.deep.equal(ledger.trades);
        expect(asked()).to.deep.equal([false, false]);
      });

      it('else another replica', async () => {
        ledger.mode = 'away';
        peers[0].mode = 'away';
        replica.start();
        await settle();
        expect(log.after(0, 10)).to.deep.equal(ledger.trades);
        expect(asked()).to.deep.equal([true, true]);
      });

      it('and asks nobody as long as there is news', async () => {
        replica.start();
        await settle();
        const calls = ledger.calls.length;
        for (let turn = 0; turn < 4; turn += 1) {
          await replica.replicate({ term: 1, leaderId: 1 }, tradeLines([]));
          await clock.advance(100);
        }
        expect(asked()).to.deep.equal([false, false]);
        expect(ledger.calls.length - calls).to.equal(0);
      });
    });
  });

  describe('named as the leader', () => {
    it('gets the next term from the ledger, leads and serves', async () => {
      expect(await replica.notice(3, 0)).to.deep.equal({ term: 1, leaderId: 3, code: 200 });
      expect(replica.status).to.include({ role: 'leader', term: 1, leaderId: 3 });
      expect(await replica.submit(order('a'))).to.deep.equal(done(1));
      expect(ledger.trades[0]?.term).to.equal(1);
      expect(replica.status.inSyncIds).to.deep.equal([1, 2]);
      expect(peers.map(({ trades }) => trades.length)).to.deep.equal([1, 1]);
    });

    it('again, while it leads, does nothing', async () => {
      await replica.notice(3, 0);
      const calls = ledger.calls.length;
      for (const term of [0, 1]) {
        expect(await replica.notice(3, term)).to.deep.equal({ term: 1, leaderId: 3, code: 200 });
      }
      expect(ledger.calls).to.have.lengthOf(calls);
    });

    it('many times at once claims one term', async () => {
      const answers = await Promise.all([replica.notice(3, 0), replica.notice(3, 0), replica.notice(3, 0)]);
      expect(answers).to.deep.equal(Array.from({ length: 3 }, () => ({ term: 1, leaderId: 3, code: 200 })));
      expect(ledger.journal.terms).to.have.lengthOf(1);
    });

    it('after a long time away first fetches all that it missed, in pages, and leads from there', async () => {
      const trades = await executed(20);
      replica = build(trades.slice(0, 3));
      ledger.maxPage = 4;
      const begun: number[] = [];
      const beginTerm = ledger.beginTerm.bind(ledger);
      ledger.beginTerm = (id, observed, end) => {
        begun.push(end.number);
        return beginTerm(id, observed, end);
      };
      expect((await replica.notice(3, 0)).code).to.equal(200);
      expect(begun).to.deep.equal([20]);
      expect(log.after(0, 100)).to.deep.equal(trades);
      expect(log.durableEnd.number).to.equal(20);
      expect(await replica.submit(order('a'))).to.deep.equal(done(21));
    });

    it('also fetches what was executed in the moment before its term began', async () => {
      const beginTerm = ledger.beginTerm.bind(ledger);
      ledger.beginTerm = async (...claim) => {
        await executed(2);
        return beginTerm(...claim);
      };
      expect((await replica.notice(3, 0)).code).to.equal(200);
      expect(log.durableEnd.number).to.equal(2);
      expect(await replica.submit(order('a'))).to.deep.equal(done(3));
    });

    it('does not lead before the trades that it missed are on its disk', async () => {
      await executed(2);
      file.hold();
      const notice = watch(replica.notice(3, 0));
      await clock.advance(10_000);
      expect([notice.settled, replica.status.role]).to.deep.equal([false, 'candidate']);
      expect(ledger.journal.terms).to.deep.equal([]);
      file.release();
      await settle();
      expect(notice.value?.code).to.equal(200);
    });

    it('does not lead before what an earlier leader has sent it is on its disk', async () => {
      const trades = await executed(2);
      file.hold();
      void replica.replicate({ term: 1, leaderId: 2 }, tradeLines(trades));
      const notice = watch(replica.notice(3, 0));
      await clock.advance(10_000);
      expect([notice.settled, replica.status.role]).to.deep.equal([false, 'candidate']);
      expect(ledger.journal.terms).to.deep.equal([]);
      file.release();
      await settle();
      expect(notice.value?.code).to.equal(200);
      expect(log.durableEnd.number).to.equal(2);
    });

    it('after somebody else has got that term is told so', async () => {
      await ledger.catalog.beginTerm(2, 0, { number: 0, checksum: 0 });
      await ledger.catalog.beginTerm(1, 1, { number: 0, checksum: 0 });
      expect(await replica.notice(3, 1)).to.deep.equal({ term: 2, leaderId: 1, code: 409 });
      expect(replica.status).to.include({ role: 'follower', term: 2, leaderId: 1 });
    });

    it('for a later term than its own leads anew', async () => {
      await replica.notice(3, 0);
      await ledger.catalog.beginTerm(2, 1, { number: 0, checksum: 0 });
      expect(await replica.notice(3, 2)).to.deep.equal({ term: 3, leaderId: 3, code: 200 });
      expect(await replica.submit(order('a'))).to.deep.equal(done(1));
      expect(ledger.trades[0]?.term).to.equal(3);
    });

    for (const mode of ['away', 'silent', 'deaf'] as const) {
      it(`while the ledger is ${mode} cannot lead, and can later`, async () => {
        ledger.mode = mode;
        const outcome = await clock.until(replica.notice(3, 0));
        expect(outcome).to.deep.equal({ term: 0, leaderId: 0, code: 503 });
        expect(replica.status.role).to.equal('follower');
        ledger.mode = 'up';
        expect((await replica.notice(3, 0)).code).to.equal(200);
      });
    }

    it('in a term that nobody can have seen leads in the one after that of the ledger', async () => {
      await ledger.catalog.beginTerm(2, 6, { number: 0, checksum: 0 });
      expect(await replica.notice(3, 4_000_000_000)).to.deep.equal({ term: 8, leaderId: 3, code: 200 });
    });

    it('with a full disk cannot lead', async () => {
      await executed(2);
      file.full = true;
      expect((await replica.notice(3, 0)).code).to.equal(503);
      expect(ledger.journal.terms).to.deep.equal([]);
    });

    it('with an old disk of another time cannot lead: the ledger raises the alarm', async () => {
      replica = build(tradeHistory(2));
      expect((await replica.notice(3, 0)).code).to.equal(503);
      expect(replica.status.role).to.equal('follower');
      expect(ledger.alarms).to.have.lengthOf(1);
      expect(ledger.journal.terms).to.deep.equal([]);
    });

    it('with a history that is not that of the ledger stops the process', async () => {
      await executed(3);
      replica = build(tradeHistory(2));
      await replica.notice(3, 0);
      expect(fatalErrors[0]).to.be.instanceOf(LogConflictError);
      expect(ledger.journal.terms).to.deep.equal([]);
    });
  });

  it('takes the word of others on who leads for a hint only', async () => {
    expect(await replica.notice(2, 7)).to.deep.include({ code: 200 });
    await replica.replicate({ term: 4, leaderId: 2 }, tradeLines([]));
    expect(await replica.notice(2, 1)).to.deep.equal({ term: 4, leaderId: 2, code: 200 });
    expect(await replica.notice(1, 3)).to.deep.equal({ term: 4, leaderId: 2, code: 409 });
    expect(replica.status).to.include({ role: 'follower', term: 4, leaderId: 2 });
  });

  describe('as a leader steps down', () => {
    beforeEach(async () => {
      replica.start();
      await settle();
      await replica.notice(3, 0);
      await settle();
    });

    it('when the ledger refuses its batch, and sells nothing under its old term', async () => {
      await ledger.catalog.beginTerm(2, 1, { number: 0, checksum: 0 });
      expect(await replica.submit(order('a'))).to.include({ code: 421, number: 0 });
      expect(replica.status.role).to.equal('follower');
      expect(ledger.trades).to.deep.equal([]);
    });

    it('when the ledger tells it of a later term, even without orders', async () => {
      await ledger.catalog.beginTerm(2, 1, { number: 0, checksum: 0 });
      await clock.advance(500);
      expect(replica.status).to.include({ role: 'follower', term: 2, leaderId: 2 });
    });

    it('when the leader of a later term sends trades', async () => {
      await replica.replicate({ term: 2, leaderId: 1 }, tradeLines([]));
      expect(replica.status).to.include({ role: 'follower', term: 2, leaderId: 1 });
    });

    it('when a follower knows a later term, and finds out who leads in it', async () => {
      await ledger.catalog.beginTerm(1, 1, { number: 0, checksum: 0 });
      peers[1].term = 2;
      await clock.advance(100);
      expect(replica.status).to.include({ role: 'follower', term: 2, leaderId: 0 });
      await clock.advance(500);
      expect(replica.status).to.include({ role: 'follower', term: 2, leaderId: 1 });
    });

    it('not for a term that a follower has made up; it is not waited for either', async () => {
      peers[1].term = 4_000_000_000;
      await clock.advance(100);
      expect(await replica.submit(order('a'))).to.deep.equal(done(1));
      expect(replica.status).to.include({ role: 'leader', term: 1 });
      expect(replica.status.inSyncIds).to.deep.equal([1]);
    });

    it('when its own disk is full, and answers nobody that the order is done', async () => {
      file.full = true;
      expect(await replica.submit(order('a'))).to.include({ code: 421, number: 0 });
      expect(replica.status).to.include({ role: 'follower', ready: false, lastNumber: 0 });
    });

    it('and those who wait for an order that the ledger has not answered are sent elsewhere', async () => {
      ledger.hold();
      const answer = replica.submit(order('a'));
      await settle();
      await replica.replicate({ term: 2, leaderId: 1 }, tradeLines([]));
      expect(await answer).to.deep.equal({ code: 421, message: 'replica 1 leads in term 2', number: 0 });
      ledger.release();
      await settle();
      expect(log.end.number).to.equal(0);
    });

    it('not for the leader of an earlier term', async () => {
      await replica.replicate({ term: 0, leaderId: 1 }, tradeLines([]));
      expect(replica.status).to.include({ role: 'leader', term: 1 });
    });

    it('when it is stopped', async () => {
      replica.stop();
      expect(await replica.submit(order('a'))).to.include({ code: 421 });
      const batches = peers.map((peer) => peer.batches.length);
      await clock.advance(5_000);
      expect(peers.map((peer) => peer.batches.length)).to.deep.equal(batches);
    });
  });

  describe('that is to stop in order while it leads', () => {
    beforeEach(async () => {
      await replica.notice(3, 0);
      ledger.hold();
    });

    it('finishes what is under way, sends new orders elsewhere, and is no candidate any more', async () => {
      const underWay = watch(replica.submit(order('a')));
      await settle();
      const retired = watch(replica.retire(500));
      expect(await replica.submit(order('b'))).to.include({ code: 421 });
      expect(replica.status).to.include({ role: 'follower', ready: false });
      expect(await replica.notice(3, 5)).to.include({ code: 503 });
      expect(retired.settled).to.equal(false);
      ledger.release();
      await settle();
      expect(underWay.value).to.deep.equal(done(1));
      expect(retired.settled).to.equal(true);
    });

    it('sends elsewhere what is not finished in time', async () => {
      const underWay = watch(replica.submit(order('a')));
      const retired = watch(replica.retire(500));
      await clock.advance(499);
      expect([underWay.settled, retired.settled]).to.deep.equal([false, false]);
      await clock.advance(1);
      expect(underWay.value).to.include({ code: 421 });
      expect(retired.settled).to.equal(true);
    });
  });

  it('that leads fetches what was executed behind its back, without waiting for an order', async () => {
    replica.start();
    await replica.notice(3, 0);
    await executed(2);
    await clock.advance(600);
    expect(log.after(0, 10)).to.deep.equal(ledger.trades);
    expect(peers.map(({ trades }) => trades.length)).to.deep.equal([2, 2]);
  });

  describe('asked for an order', () => {
    it('that it has answers without asking anybody, even if the ledger is away', async () => {
      const trades = await executed(2);
      replica = build(trades);
      ledger.mode = 'away';
      const calls = ledger.calls.length;
      expect(replica.query(2)).to.deep.equal({ code: 200, trade: trades[1] });
      expect(ledger.calls).to.have.lengthOf(calls);
    });

    it('that it misses finds it in the ledger', async () => {
      const trades = await executed(2);
      expect(await replica.query(2)).to.deep.equal({ code: 200, trade: trades[1] });
    });

    it('that nobody has says so only after the ledger has confirmed it', async () => {
      const answer = watch(Promise.resolve(replica.query(3)));
      ledger.hold();
      const late = watch(Promise.resolve(replica.query(3)));
      await settle();
      expect(answer.value).to.deep.equal(notFound);
      expect(late.settled).to.equal(false);
      await executed(3);
      ledger.release();
      await settle();
      expect(late.value).to.deep.equal({ code: 200, trade: ledger.trades[2] });
    });

    it('does not rely on what the ledger said before the question arrived', async () => {
      ledger.hold();
      const early = replica.query(1);
      await settle();
      await executed(1);
      const question = replica.query(1);
      ledger.release();
      await early;
      expect(await question).to.include({ code: 200 });
    });

    it('that nobody can have, says that it is not found', async () => {
      await executed(2);
      for (const number of [0, -1, -5, 2_147_483_647]) {
        expect(await replica.query(number), `number ${number}`).to.deep.equal(notFound);
      }
    });

    it('cannot tell while the ledger is away', async () => {
      ledger.mode = 'away';
      expect(await replica.query(1)).to.deep.equal({
        code: 503,
        message: 'the catalog does not answer, try again',
      });
      expect(await replica.confirms(1, order('a'))).to.equal(503);
    });

    it('by its content confirms the same and no other', async () => {
      const [trade] = (await executed(1)) as [Trade];
      const { name, type, quantity } = trade;
      expect(await replica.confirms(1, { name, type, quantity })).to.equal(200);
      expect(await replica.confirms(1, { name, type, quantity: 2 })).to.equal(409);
      expect(await replica.confirms(2, { name, type, quantity })).to.equal(409);
    });
  });
});
