import { TradeList } from '../../../src/shared/trade-list.js';
import { expect } from 'chai';
import { FollowerLink } from '../../../src/order/follower-link.js';
import { OrderLog } from '../../../src/order/order-log.js';
import { Replication } from '../../../src/order/replication.js';
import { tradeHistory } from '../../support/example-trades.js';
import { FakeFollower } from '../../support/fake-follower.js';
import { MemoryOrderFile } from '../../support/memory-order-file.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const timing = { followerTimeoutMs: 100, idleIntervalMs: 150, retryIntervalMs: 120 };
const history = tradeHistory(600);

describe('replication', () => {
  let clock: VirtualClock;
  let file: MemoryOrderFile;
  let log: OrderLog;
  let replication: Replication;
  let higherTerms: number[];
  beforeEach(() => {
    clock = new VirtualClock();
    file = new MemoryOrderFile();
    log = new OrderLog(file, new TradeList([]), true);
    replication = new Replication(log);
    higherTerms = [];
  });
  afterEach(() => replication.stop());

  async function start(...followers: readonly FakeFollower[]): Promise<void> {
    const callbacks = {
      onProgress: () => replication.progress(),
      onHigherTerm: (term: number) => higherTerms.push(term),
    };
    const leadership = { term: 5, leaderId: 3 };
    replication.start(
      followers.map((follower) => new FollowerLink(follower, leadership, log, timing, clock, callbacks)),
    );
    await settle();
  }

  /** What the sequencer does with the next trades. */
  async function append(upTo: number): Promise<void> {
    void log.append(history.slice(log.end.number, upTo)).then(() => replication.progress());
    replication.wake();
    await settle();
  }

  const sent = (follower: FakeFollower) => follower.batches.map(({ numbers }) => numbers.join(','));

  it('asks a follower first how far it is, then sends what it misses and every new trade', async () => {
    await append(3);
    const follower = new FakeFollower(1, history.slice(0, 1));
    await start(follower);
    await append(4);
    expect(sent(follower)).to.deep.equal(['', '2,3', '4']);
    expect(follower.batches.map(({ term }) => term)).to.deep.equal([5, 5, 5]);
    expect(follower.trades).to.deep.equal(history.slice(0, 4));
  });

  it('sends at most 256 trades at once', async () => {
    await append(600);
    const follower = new FakeFollower(1);
    await start(follower);
    expect(follower.batches.map(({ numbers }) => numbers.length)).to.deep.equal([0, 256, 256, 88]);
    expect(replication.inSyncIds).to.deep.equal([1]);
  });

  it('gathers what arrives while one batch is under way', async () => {
    const follower = new FakeFollower(1);
    await start(follower);
    follower.hold();
    for (const number of [1, 2, 3, 4]) {
      await append(number);
    }
    follower.release();
    await settle();
    expect(sent(follower)).to.deep.equal(['', '1', '2,3,4']);
  });

  it('tells an idle follower now and then that the leader lives', async () => {
    const follower = new FakeFollower(1);
    await start(follower);
    await clock.advance(150 * 4);
    expect(sent(follower)).to.deep.equal(['', '', '', '', '']);
  });

  it('goes on from where a follower says that it is', async () => {
    const follower = new FakeFollower(1);
    await start(follower);
    await append(5);
    follower.trades.length = 2;
    await append(6);
    expect(sent(follower)).to.deep.equal(['', '1,2,3,4,5', '6', '3,4,5,6']);
    expect(follower.trades).to.deep.equal(history.slice(0, 6));
  });

  describe('lets an order be answered', () => {
    it('when it is on the own disk and on that of every in-sync follower', async () => {
      const [one, two] = [new FakeFollower(1), new FakeFollower(2)];
      await start(one, two);
      expect(replication.inSyncIds).to.deep.equal([1, 2]);
      file.hold();
      one.hold();
      two.hold();
      await append(1);
      const reached = watch(replication.reached(1));
      for (const finish of [() => one.release(), () => file.release()]) {
        finish();
        await settle();
        expect(reached.settled).to.equal(false);
      }
      two.release();
      await settle();
      expect(reached.settled).to.equal(true);
    });

    it('not before the own disk has it, even if every follower has', async () => {
      const follower = new FakeFollower(1);
      await start(follower);
      file.hold();
      await append(1);
      const reached = watch(replication.reached(1));
      await clock.advance(1_000);
      expect(follower.trades).to.have.lengthOf(1);
      expect(reached.settled).to.equal(false);
      file.release();
      await settle();
      expect(reached.settled).to.equal(true);
    });

    it('without a follower that is silent for 100 ms, and with it again once it has caught up', async () => {
      const follower = new FakeFollower(1);
      await start(follower);
      follower.hold();
      await append(1);
      const reached = watch(replication.reached(1));
      await clock.advance(99);
      expect([reached.settled, replication.inSyncIds]).to.deep.equal([false, [1]]);
      await clock.advance(1);
      expect([reached.settled, replication.inSyncIds]).to.deep.equal([true, []]);
      await append(2);
      follower.release();
      await settle();
      expect([replication.inSyncIds, follower.trades.length]).to.deep.equal([[1], 2]);
      follower.hold();
      await append(3);
      const next = watch(replication.reached(3));
      await clock.advance(99);
      expect(next.settled).to.equal(false);
    });

    it('without a follower that cannot be reached, which is tried again later', async () => {
      const follower = new FakeFollower(1);
      await start(follower);
      follower.mode = 'away';
      await append(1);
      const reached = watch(replication.reached(1));
      await settle();
      expect([reached.settled, replication.inSyncIds]).to.deep.equal([true, []]);
      follower.mode = 'up';
      await clock.advance(119);
      expect(follower.trades).to.have.lengthOf(0);
      await clock.advance(1);
      expect([replication.inSyncIds, follower.trades.length]).to.deep.equal([[1], 1]);
    });

    it('without a follower whose disk is full, until there is room', async () => {
      const follower = new FakeFollower(1);
      await start(follower);
      follower.mode = 'full';
      await append(1);
      const reached = watch(replication.reached(1));
      await settle();
      expect([reached.settled, replication.inSyncIds]).to.deep.equal([true, []]);
      follower.mode = 'up';
      await clock.advance(120);
      expect([replication.inSyncIds, follower.trades.length]).to.deep.equal([[1], 1]);
    });

    it('without a follower that still misses older ones', async () => {
      await append(300);
      const follower = new FakeFollower(1);
      follower.hold();
      await start(follower);
      for (const batch of ['nothing yet', 'the first 256', 'the rest']) {
        const reached = watch(replication.reached(300));
        await settle();
        expect([reached.settled, replication.inSyncIds], batch).to.deep.equal([true, []]);
        follower.release();
        follower.hold();
        await settle();
      }
      expect(replication.inSyncIds).to.deep.equal([1]);
    });
  });

  it('hears of a higher term, and does not count on who knows it', async () => {
    const follower = new FakeFollower(1);
    await append(1);
    follower.term = 6;
    await start(follower);
    expect(higherTerms).to.deep.equal([6]);
    expect([replication.inSyncIds, follower.trades.length]).to.deep.equal([[], 0]);
  });

  it('sends nothing more after it was stopped', async () => {
    const follower = new FakeFollower(1);
    await start(follower);
    follower.hold();
    await append(1);
    await append(2);
    replication.stop();
    follower.release();
    await clock.advance(1_000);
    expect(sent(follower)).to.deep.equal(['', '1']);
  });
});
