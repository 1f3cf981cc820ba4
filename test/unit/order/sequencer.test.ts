import { TradeList } from '../../../src/shared/trade-list.js';
import { expect } from 'chai';
import { FollowerLink } from '../../../src/order/follower-link.js';
import { OrderLog } from '../../../src/order/order-log.js';
import { Replication } from '../../../src/order/replication.js';
import { Sequencer } from '../../../src/order/sequencer.js';
import { order } from '../../support/example-trades.js';
import { FakeFollower } from '../../support/fake-follower.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { MemoryOrderFile } from '../../support/memory-order-file.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const timing = { followerTimeoutMs: 100, idleIntervalMs: 100, retryIntervalMs: 100 };
const limits = { maxInFlight: 300, ledgerPatienceMs: 2_000, retryIntervalMs: 50 };
const leadership = { term: 1, leaderId: 3 };

const done = (number: number) => ({ code: 200, message: '', number });
const refused = (code: number, message: string) => ({ code, message, number: 0 });

describe('sequencer', () => {
  let clock: VirtualClock;
  let ledger: FakeLedger;
  let file: MemoryOrderFile;
  let log: OrderLog;
  let follower: FakeFollower;
  let replication: Replication;
  let sequencer: Sequencer;
  let lost: string[];

  /** Replica 3 leads in term 1; replica 1 follows. */
  beforeEach(async () => {
    clock = new VirtualClock();
    ledger = await FakeLedger.start(clock);
    await ledger.beginTerm(3, 0, { number: 0, checksum: 0 });
    file = new MemoryOrderFile();
    log = new OrderLog(file, new TradeList([]), true);
    replication = new Replication(log);
    lost = [];
    const onLost = (reason: string) => {
      lost.push(reason);
      sequencer.stop(reason);
    };
    sequencer = new Sequencer({
      leadership,
      log,
      ledger,
      replication,
      clock,
      limits,
      onLost,
      onStoreFailed: (error) => onLost(String(error)),
    });
    follower = new FakeFollower(1);
    const callbacks = { onProgress: () => replication.progress(), onHigherTerm: () => undefined };
    replication.start([new FollowerLink(follower, leadership, log, timing, clock, callbacks)]);
    await settle();
  });
  afterEach(() => {
    sequencer.stop('the test is over');
    replication.stop();
  });

  const batches = () => ledger.batches.map(({ orderIds }) => orderIds.join(','));

  it('has the ledger decide an order, stores it everywhere and answers with its number', async () => {
    expect(await sequencer.submit(order('a'))).to.deep.equal(done(1));
    expect(await sequencer.submit(order('b', { quantity: 1_000 }))).to.deep.equal(
      refused(404, 'not enough stocks left to buy'),
    );
    expect(await sequencer.submit(order('c', { type: 'sell' }))).to.deep.equal(done(2));
    expect(log.after(0, 10)).to.deep.equal(ledger.trades);
    expect(follower.trades).to.deep.equal(ledger.trades);
    expect(file.rows).to.have.lengthOf(2);
  });

  describe('an order that is sent again while it is under way', () => {
    it('joins the first one', async () => {
      ledger.hold();
      const answers = Array.from({ length: 100 }, () => sequencer.submit(order('a')));
      await settle();
      ledger.release();
      expect(new Set((await Promise.all(answers)).map(({ number }) => number))).to.deep.equal(new Set([1]));
      expect(batches()).to.deep.equal(['a']);
      expect(ledger.trades).to.have.lengthOf(1);
    });

    it('is refused at once when it asks for something else', async () => {
      ledger.hold();
      const first = sequencer.submit(order('a'));
      const reused = refused(422, 'Idempotency-Key was already used with another body');
      expect(await sequencer.submit(order('a', { quantity: 2 }))).to.deep.equal(reused);
      expect(await sequencer.submit(order('a', { type: 'sell' }))).to.deep.equal(reused);
      expect(await sequencer.submit(order('a', { name: 'BoarCo' }))).to.deep.equal(reused);
      ledger.release();
      expect(await first).to.deep.equal(done(1));
    });

    it('joins the first one even if there is no room for others, and while that one is being replicated', async () => {
      follower.hold();
      const answers = Array.from({ length: 300 }, (_, index) =>
        sequencer.submit(order(`o${index}`, { quantity: 0 })),
      );
      await settle();
      expect(await sequencer.submit(order('one-more'))).to.deep.equal(
        refused(503, 'too many orders are waiting, try again'),
      );
      const again = sequencer.submit(order('o7', { quantity: 0 }));
      follower.release();
      expect((await Promise.all(answers)).map(({ code }) => code)).to.deep.equal(
        Array.from(answers, () => 200),
      );
      expect(await again).to.deep.equal(await answers[7]);
      expect(await sequencer.submit(order('one-more'))).to.deep.equal(done(301));
    });
  });

  it('sends one batch at a time, and in it all that has queued up meanwhile, but no more than 256', async () => {
    ledger.hold();
    const answers = [sequencer.submit(order('a'))];
    await settle();
    answers.push(...['b', 'c'].map((id) => sequencer.submit(order(id))));
    expect(batches()).to.deep.equal(['a']);
    for (let index = 0; index < 290; index += 1) {
      answers.push(sequencer.submit(order(`o${index}`, { quantity: 0 })));
    }
    ledger.release();
    await Promise.all(answers);
    expect(ledger.batches.map(({ orderIds }) => orderIds.length)).to.deep.equal([1, 256, 36]);
    expect(ledger.batches.map(({ firstNumber }) => firstNumber)).to.deep.equal([1, 2, 258]);
    expect(ledger.trades.map(({ orderId }) => orderId).slice(0, 4)).to.deep.equal(['a', 'b', 'c', 'o0']);
  });

  it('has the next batch decided while the one before is still on its way to the disks', async () => {
    file.hold();
    const first = watch(sequencer.submit(order('a')));
    await settle();
    const second = watch(sequencer.submit(order('b')));
    await settle();
    expect(ledger.trades).to.have.lengthOf(2);
    expect([first.settled, second.settled]).to.deep.equal([false, false]);
    file.release();
    await settle();
    expect([first.value, second.value]).to.deep.equal([done(1), done(2)]);
  });

  it('answers a refusal without waiting for any disk', async () => {
    file.hold();
    const answers = [
      watch(sequencer.submit(order('a'))),
      watch(sequencer.submit(order('b', { quantity: 1_000 }))),
    ];
    await settle();
    await settle();
    expect(answers.map(({ settled }) => settled)).to.deep.equal([false, true]);
  });

  it('answers when the disk has it and the follower, but waits no longer than 100 ms for a silent follower', async () => {
    follower.hold();
    const answer = watch(sequencer.submit(order('a')));
    await clock.advance(99);
    expect([file.rows.length, answer.settled]).to.deep.equal([1, false]);
    await clock.advance(1);
    expect(answer.value).to.deep.equal(done(1));
    expect(await sequencer.submit(order('b'))).to.deep.equal(done(2));
    follower.release();
    await settle();
    expect([follower.trades.length, replication.inSyncIds]).to.deep.equal([2, [1]]);
  });

  describe('an order whose fate is unknown', () => {
    it('is sent again, is not sold twice, and no other goes before it', async () => {
      ledger.mode = 'deaf';
      const first = watch(sequencer.submit(order('a', { quantity: 60 })));
      await settle();
      const second = watch(sequencer.submit(order('b')));
      await clock.advance(500);
      expect([first.settled, second.settled]).to.deep.equal([false, false]);
      expect(new Set(batches())).to.deep.equal(new Set(['a']));
      expect(batches().length).to.be.above(5);
      ledger.mode = 'up';
      await clock.advance(50);
      expect([first.value, second.value]).to.deep.equal([done(1), done(2)]);
      expect(ledger.trades.map(({ orderId, quantity }) => [orderId, quantity])).to.deep.equal([
        ['a', 60],
        ['b', 1],
      ]);
    });

    it('is not called "not done" when the ledger can do nothing the second time', async () => {
      ledger.mode = 'deaf';
      const answer = watch(sequencer.submit(order('a')));
      await settle();
      ledger.mode = 'up';
      ledger.trade = async () => ({
        ...leadership,
        lastNumber: 1,
        code: 503,
        message: 'too many orders are waiting, try again',
        decisions: [],
      });
      await clock.advance(50);
      expect(answer.value).to.deep.equal(
        refused(503, 'outcome unknown, retry with the same Idempotency-Key'),
      );
    });

    it('is kept until the ledger has answered, however long that takes', async () => {
      ledger.mode = 'silent';
      const answer = watch(sequencer.submit(order('a')));
      await clock.advance(60_000);
      expect(answer.settled).to.equal(false);
      ledger.mode = 'up';
      await clock.advance(1_100);
      expect(answer.value).to.deep.equal(done(1));
    });
  });

  it('refuses for certain what it never sent, when the ledger has been away for long', async () => {
    ledger.mode = 'away';
    const sent = watch(sequencer.submit(order('a')));
    await settle();
    const queued = watch(sequencer.submit(order('b')));
    await clock.advance(2_000);
    expect([sent.settled, queued.settled]).to.deep.equal([false, false]);
    await clock.advance(100);
    const away = refused(503, 'the catalog does not answer, try again');
    expect([sent.settled, queued.value]).to.deep.equal([false, away]);
    expect(await sequencer.submit(order('c'))).to.deep.equal(away);
    ledger.mode = 'up';
    await clock.advance(50);
    expect(sent.value).to.deep.equal(done(1));
    expect(ledger.trades.map(({ orderId }) => orderId)).to.deep.equal(['a']);
    expect(await sequencer.submit(order('c'))).to.deep.equal(done(2));
  });

  it('passes on that the disk of the ledger is full, and works again when there is room', async () => {
    ledger.journal.full = true;
    const full = refused(503, 'the disk is full, try again later with the same Idempotency-Key');
    expect(await Promise.all([sequencer.submit(order('a')), sequencer.submit(order('b'))])).to.deep.equal([
      full,
      full,
    ]);
    ledger.journal.full = false;
    expect(await sequencer.submit(order('a'))).to.deep.equal(done(1));
    expect(lost).to.deep.equal([]);
  });

  it('fetches what was executed behind its back, and no client notices', async () => {
    await sequencer.submit(order('a'));
    await ledger.execute(order('stranger-1'), order('stranger-2'));
    expect(await sequencer.submit(order('b'))).to.deep.equal(done(4));
    expect(log.after(0, 10)).to.deep.equal(ledger.trades);
    expect(follower.trades).to.deep.equal(ledger.trades);
    expect(file.rows).to.have.lengthOf(4);
  });

  it('answers for an order that was executed behind its back under the same id', async () => {
    await ledger.execute(order('stranger'), order('a'));
    expect(await sequencer.submit(order('a'))).to.deep.equal(done(2));
    expect(log.after(0, 10)).to.deep.equal(ledger.trades);
  });

  it('gives the recorded answer to an order that was decided long ago', async () => {
    await sequencer.submit(order('a'));
    await sequencer.submit(order('b', { quantity: 1_000 }));
    await sequencer.submit(order('c', { type: 'sell', quantity: 1_000 }));
    expect(await sequencer.submit(order('a'))).to.deep.equal(done(1));
    expect(await sequencer.submit(order('b', { quantity: 1_000 }))).to.deep.equal(
      refused(404, 'not enough stocks left to buy'),
    );
    expect((await sequencer.submit(order('a', { quantity: 2 }))).code).to.equal(422);
    expect(log.end.number).to.equal(2);
  });

  describe('that has lost its office', () => {
    it('to another replica sends everybody elsewhere, and sells nothing', async () => {
      ledger.hold();
      const answers = [sequencer.submit(order('a')), sequencer.submit(order('a'))];
      await settle();
      answers.push(sequencer.submit(order('b')));
      await ledger.catalog.beginTerm(2, 1, { number: 0, checksum: 0 });
      ledger.release();
      const elsewhere = refused(421, 'replica 2 leads in term 2');
      expect(await Promise.all(answers)).to.deep.equal([elsewhere, elsewhere, elsewhere]);
      expect(lost).to.deep.equal(['replica 2 leads in term 2']);
      expect(ledger.trades).to.deep.equal([]);
      expect((await sequencer.submit(order('c'))).code).to.equal(421);
      expect(ledger.batches).to.have.lengthOf(1);
    });

    it('to a full disk answers nobody that the order is done', async () => {
      file.full = true;
      const answer = await sequencer.submit(order('a'));
      expect(answer.code).to.equal(421);
      expect(lost[0]).to.match(/no space left/);
      expect(log.end.number).to.equal(0);
    });

    it('because its log is longer than the journal does not go on', async () => {
      await sequencer.submit(order('a'));
      await sequencer.submit(order('b'));
      const restored = await FakeLedger.start(clock);
      await restored.beginTerm(3, 0, { number: 0, checksum: 0 });
      const onLost = (reason: string) => {
        lost.push(reason);
        other.stop(reason);
      };
      const other = new Sequencer({
        leadership,
        log,
        ledger: restored,
        replication,
        clock,
        limits,
        onLost,
        onStoreFailed: (error) => onLost(String(error)),
      });
      expect((await other.submit(order('c'))).code).to.equal(421);
      expect(lost).to.deep.equal(['the ledger ends with 0, this log with 2']);
    });

    it('stops asking a ledger that does not answer', async () => {
      ledger.mode = 'away';
      const answer = sequencer.submit(order('a'));
      await clock.advance(100);
      sequencer.stop('another replica leads');
      expect(await answer).to.deep.equal(refused(421, 'another replica leads'));
      const asked = ledger.batches.length;
      await clock.advance(1_000);
      expect(ledger.batches).to.have.lengthOf(asked);
    });
  });
});
