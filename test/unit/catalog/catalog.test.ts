import { expect } from 'chai';
import type { Activity } from '../../../src/catalog/activity.js';
import { CacheSessions } from '../../../src/catalog/cache-sessions.js';
import { Catalog } from '../../../src/catalog/catalog.js';
import { Ledger } from '../../../src/catalog/ledger.js';
import type { StockView } from '../../../src/catalog/visible-stocks.js';
import type { Order } from '../../../src/shared/domain.js';
import { order, stock } from '../../support/example-trades.js';
import { FakeInvalidator } from '../../support/fake-invalidator.js';
import { MemoryJournal } from '../../support/memory-journal.js';
import { settle, VirtualClock, watch } from '../../support/virtual-clock.js';

const leaseMs = 300;
/** When a lease has ended for certain: 2 % later, for clocks that run fast. */
const longestLeaseMs = 306;

describe('catalog', () => {
  let clock: VirtualClock;
  let ledger: Ledger;
  let journal: MemoryJournal;
  let invalidator: FakeInvalidator;
  let alarms: string[];
  let catalog: Catalog;

  function build(): Catalog {
    const sessions = new CacheSessions(leaseMs);
    return new Catalog({ ledger, journal, sessions, invalidator, clock, alarm: (text) => alarms.push(text) });
  }

  /** A catalog that answers, with replica 3 leading in term 1. */
  beforeEach(async () => {
    clock = new VirtualClock();
    ledger = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
    journal = new MemoryJournal();
    invalidator = new FakeInvalidator();
    alarms = [];
    catalog = build();
    await clock.advance(longestLeaseMs);
    await catalog.beginTerm(3, 0, { number: 0, checksum: 0 });
  });

  const leader = { term: 1, leaderId: 3 };
  const trade = (firstNumber: number, ...orders: readonly Order[]) =>
    catalog.trade({ ...leader, firstNumber, orders });
  const bareTrade = (...orders: readonly Order[]) =>
    catalog.trade({ term: 0, leaderId: 0, firstNumber: 0, orders });
  const lookup = (name: string, session = '') => catalog.lookup(name, session) as StockView | undefined;
  const quantity = (name: string) => lookup(name)?.stock.quantity;

  describe('that stops', () => {
    it('ends the commit under way, begins none after it, and answers nobody who waited for one', async () => {
      journal.hold();
      const underWay = watch(trade(1, order('a')));
      const waiting = watch(bareTrade(order('b')));
      await settle();
      const closed = watch(catalog.close());
      const late = watch(bareTrade(order('c')));
      await settle();
      expect(closed.settled).to.equal(false);
      journal.release();
      await settle();
      expect(underWay.value).to.include({ code: 200, lastNumber: 1 });
      expect(closed.settled).to.equal(true);
      expect([waiting.settled, late.settled]).to.deep.equal([false, false]);
      expect(journal.trades.map(({ orderId }) => orderId)).to.deep.equal(['a']);
      expect((await catalog.snapshot()).find(({ name }) => name === 'GameStart')?.quantity).to.equal(99);
    });
  });

  describe('takes batches', () => {
    it('of the leader, and answers with its decisions and its state', async () => {
      expect(await trade(1, order('a'), order('b', { quantity: 1_000 }))).to.deep.equal({
        term: 1,
        leaderId: 3,
        lastNumber: 1,
        code: 200,
        message: '',
        decisions: [
          { code: 200, number: 1, term: 1 },
          { code: 404, message: 'not enough stocks left to buy' },
        ],
      });
      expect(journal.trades.map(({ orderId }) => orderId)).to.deep.equal(['a']);
      expect(journal.refusals.map(({ orderId }) => orderId)).to.deep.equal(['b']);
      expect(quantity('GameStart')).to.equal(99);
    });

    it('of no other leader and no other term: they have no effect', async () => {
      await trade(1, order('a'));
      const strangers = [
        { term: 2, leaderId: 3 },
        { term: 1, leaderId: 2 },
      ];
      for (const stranger of strangers) {
        const outcome = await catalog.trade({
          ...stranger,
          firstNumber: 2,
          orders: [order('b'), order('a')],
        });
        expect(outcome).to.deep.include({ code: 409, term: 1, leaderId: 3, lastNumber: 1, decisions: [] });
      }
      await catalog.beginTerm(2, 1, { number: 0, checksum: 0 });
      expect(await trade(2, order('b'))).to.deep.include({ code: 409, term: 2, leaderId: 2, lastNumber: 1 });
      expect(journal.trades).to.have.lengthOf(1);
      expect(quantity('GameStart')).to.equal(99);
    });

    it('only with the number that is next, if there is anything new in them', async () => {
      await trade(1, order('a'));
      for (const number of [0, 1, 3]) {
        const outcome = await trade(number, order('a'), order('b'));
        expect(outcome, `first number ${number}`).to.deep.include({
          code: 412,
          lastNumber: 1,
          decisions: [],
        });
      }
      expect(journal.trades).to.have.lengthOf(1);
      expect(await trade(1, order('a'))).to.deep.include({
        code: 200,
        decisions: [{ code: 200, number: 1, term: 1 }],
      });
    });

    it('without a term from anybody, and executes them in the current one', async () => {
      await trade(1, order('a'));
      expect(await bareTrade(order('b'))).to.deep.include({
        code: 200,
        term: 1,
        lastNumber: 2,
        decisions: [{ code: 200, number: 2, term: 1 }],
      });
    });

    it('one at a time: each is judged by what the one before it left', async () => {
      journal.hold();
      const outcomes = [
        bareTrade(order('a', { quantity: 60 })),
        bareTrade(order('b', { quantity: 60 })),
        bareTrade(order('a', { quantity: 60 })),
      ];
      await settle();
      journal.release();
      const decisions = (await Promise.all(outcomes)).map((outcome) => outcome.decisions[0]);
      expect(decisions).to.deep.equal([
        { code: 200, number: 1, term: 1 },
        { code: 404, message: 'not enough stocks left to buy' },
        { code: 200, number: 1, term: 1 },
      ]);
    });

    it('of known orders without writing anything', async () => {
      await trade(1, order('a'), order('b', { quantity: 1_000 }));
      journal.full = true;
      const outcome = await trade(
        2,
        order('a'),
        order('b', { quantity: 1_000 }),
        order('a', { type: 'sell' }),
      );
      expect(outcome.decisions.map(({ code }) => code)).to.deep.equal([200, 404, 422]);
    });
  });

  describe('commits', () => {
    it('nothing that is not on the disk: no answer, no lookup and no reader of the journal sees it', async () => {
      journal.hold();
      const outcome = watch(trade(1, order('a')));
      const page = watch(catalog.readJournal(0, 10));
      await clock.advance(10_000);
      expect(outcome.settled).to.equal(false);
      expect(quantity('GameStart')).to.equal(100);
      expect(page.settled).to.equal(false);
      journal.release();
      await settle();
      expect(outcome.value?.code).to.equal(200);
      expect(quantity('GameStart')).to.equal(99);
      expect(page.value?.trades).to.deep.equal(journal.trades);
    });

    it('nothing of a batch when the disk is full, says so, and goes on when there is room', async () => {
      journal.full = true;
      const answer = await trade(1, order('a'), order('b', { quantity: 1_000 }));
      expect(answer).to.deep.include({
        code: 503,
        message: 'the disk is full, try again later with the same Idempotency-Key',
        lastNumber: 0,
        decisions: [],
      });
      expect(quantity('GameStart')).to.equal(100);
      expect((await catalog.readJournal(0, 10)).trades).to.deep.equal([]);
      expect(await catalog.beginTerm(2, 1, { number: 0, checksum: 0 })).to.deep.include({
        code: 503,
        ...leader,
      });
      journal.full = false;
      expect((await trade(1, order('a'))).decisions).to.deep.equal([{ code: 200, number: 1, term: 1 }]);
      expect(quantity('GameStart')).to.equal(99);
    });

    it('and says whether there is room: from the first failure, or a full file system, until a trial succeeds', async () => {
      const seen = async () => [catalog.takesTrades, (await catalog.readJournal(0, 0)).diskFull];
      await catalog.noticeRoom(false);
      expect(await seen()).to.deep.equal([true, false]);
      journal.full = true;
      await trade(1, order('a'));
      expect(await seen()).to.deep.equal([false, true]);
      await catalog.noticeRoom(false);
      expect(await seen(), 'still full').to.deep.equal([false, true]);
      journal.full = false;
      await catalog.noticeRoom(true);
      expect(await seen(), 'looks full').to.deep.equal([false, true]);
      await catalog.noticeRoom(false);
      expect(await seen(), 'room again').to.deep.equal([true, false]);
      journal.full = true;
      await trade(1, order('a'));
      journal.full = false;
      await trade(1, order('a'));
      expect(await seen(), 'a trade found room').to.deep.equal([true, false]);
    });

    it('no more batches than can wait: the others are told to try again', async () => {
      journal.hold();
      const outcomes = Array.from({ length: 1_100 }, (_, index) =>
        bareTrade(order(`o${index}`, { quantity: 0 })),
      );
      await settle();
      journal.release();
      const codes = (await Promise.all(outcomes)).map(({ code, message }) => `${code} ${message}`);
      const refused = codes.filter((text) => text === '503 too many orders are waiting, try again').length;
      expect(refused).to.be.within(90, 100);
      expect(codes.filter((text) => text === '200 ')).to.have.lengthOf(1_100 - refused);
      expect(ledger.end.number).to.equal(1_100 - refused);
    });
  });

  describe('and the caches of frontends', () => {
    beforeEach(() => {
      catalog.beginSession('s', 'frontend:1');
    });

    it('hands out what may be cached, to sessions that are alive', async () => {
      expect(lookup('GameStart', 's')?.cacheable).to.equal(true);
      expect(lookup('GameStart', '')?.cacheable).to.equal(false);
      expect(lookup('GameStart', 'stranger')?.cacheable).to.equal(false);
      expect(lookup('Nobody', 's')).to.equal(undefined);
      await clock.advance(longestLeaseMs);
      expect(lookup('GameStart', 's')).to.deep.equal({ stock: stock('GameStart', 100), cacheable: false });
    });

    it('tells a frontend of the stocks that it was handed, and of no others, with the new version', async () => {
      lookup('GameStart', 's');
      await trade(1, order('a'), order('b', { name: 'BoarCo' }), order('c'));
      expect(invalidator.sent).to.have.lengthOf(1);
      expect(invalidator.sent[0]).to.include({
        address: 'frontend:1',
        sessionId: 's',
        stock: 'GameStart',
        version: 3,
      });
      await trade(4, order('d'));
      expect(invalidator.sent).to.have.lengthOf(1);
      lookup('GameStart', 's');
      await trade(5, order('e'));
      expect(invalidator.sent).to.have.lengthOf(2);
    });

    it('shows a trade, and answers it, only after every cache has let go of the state before it', async () => {
      catalog.beginSession('t', 'frontend:2');
      lookup('GameStart', 's');
      lookup('GameStart', 't');
      invalidator.mode = 'keep silent';
      const outcome = watch(trade(1, order('a')));
      await clock.advance(30);
      expect(invalidator.sent.map(({ address }) => address)).to.deep.equal(['frontend:1', 'frontend:2']);
      expect(journal.trades).to.have.lengthOf(1);
      expect(outcome.settled).to.equal(false);
      expect(quantity('GameStart')).to.equal(100);
      invalidator.acknowledge();
      await settle();
      expect(outcome.value?.code).to.equal(200);
      expect(quantity('GameStart')).to.equal(99);
    });

    it('lets nobody cache a stock while its caches are being emptied', async () => {
      lookup('GameStart', 's');
      invalidator.mode = 'keep silent';
      const outcome = trade(1, order('a'));
      await settle();
      expect(lookup('GameStart', 's')).to.deep.equal({ stock: stock('GameStart', 100), cacheable: false });
      expect(lookup('BoarCo', 's')?.cacheable).to.equal(true);
      invalidator.acknowledge();
      await outcome;
      expect(lookup('GameStart', 's')).to.deep.equal({
        stock: stock('GameStart', 99, { volume: 1, version: 1 }),
        cacheable: true,
      });
    });

    it('lets nobody cache a stock while its caches are being emptied, even one that was handed to nobody', async () => {
      lookup('BoarCo', 's');
      invalidator.mode = 'keep silent';
      const outcome = trade(1, order('a'), order('b', { name: 'BoarCo' }));
      await settle();
      expect(lookup('GameStart', 's')?.cacheable).to.equal(false);
      invalidator.acknowledge();
      await outcome;
    });

    for (const mode of ['keep silent', 'refuse'] as const) {
      it(`waits until the lease has ended when a frontend can only ${mode}`, async () => {
        lookup('GameStart', 's');
        invalidator.mode = mode;
        const outcome = watch(trade(1, order('a')));
        await clock.advance(longestLeaseMs - 1);
        expect(outcome.settled).to.equal(false);
        expect(quantity('GameStart')).to.equal(100);
        await clock.advance(1);
        expect(outcome.value?.code).to.equal(200);
        expect(quantity('GameStart')).to.equal(99);
        expect(invalidator.sent[0]?.signal.aborted).to.equal(true);
        expect(catalog.renewSession('s')).to.equal('ended');
      });
    }

    it('waits for a lease that is renewed in the first moment of an invalidation, too', async () => {
      lookup('GameStart', 's');
      await clock.advance(200);
      invalidator.mode = 'refuse';
      const outcome = watch(trade(1, order('a')));
      await clock.advance(40);
      expect(catalog.renewSession('s')).to.equal('granted');
      await clock.advance(longestLeaseMs - 1);
      expect(outcome.settled).to.equal(false);
      await clock.advance(1);
      expect(outcome.value?.code).to.equal(200);
    });

    it('renews no lease of a frontend that leaves an invalidation unanswered for more than 40 ms', async () => {
      lookup('GameStart', 's');
      invalidator.mode = 'keep silent';
      const outcome = trade(1, order('a'));
      await clock.advance(41);
      expect(catalog.renewSession('s')).to.equal('withheld');
      invalidator.acknowledge();
      await outcome;
      expect(catalog.renewSession('s')).to.equal('granted');
    });

    it('does not wait for a frontend whose lease has ended, nor for one that has given it back', async () => {
      lookup('GameStart', 's');
      catalog.beginSession('t', 'frontend:2');
      lookup('GameStart', 't');
      catalog.releaseSession('t');
      await clock.advance(longestLeaseMs);
      invalidator.mode = 'keep silent';
      expect((await trade(1, order('a'))).code).to.equal(200);
      expect(invalidator.sent).to.deep.equal([]);
    });

    it('tells both sessions when two processes serve at one address', async () => {
      lookup('GameStart', 's');
      catalog.beginSession('after-restart', 'frontend:1');
      lookup('GameStart', 'after-restart');
      await trade(1, order('a'));
      expect(invalidator.sent.map(({ sessionId }) => sessionId)).to.have.members(['s', 'after-restart']);
    });
  });

  describe('after a start', () => {
    it('answers nothing until every lease of an earlier process has ended', async () => {
      await trade(1, order('a'));
      catalog = build();
      const answers = [
        watch(Promise.resolve(catalog.lookup('GameStart', ''))),
        watch(catalog.listStocks()),
        watch(trade(2, order('b'))),
        watch(catalog.readJournal(0, 10)),
        watch(catalog.beginTerm(2, 1, { number: 0, checksum: 0 })),
      ];
      await clock.advance(longestLeaseMs - 1);
      expect(answers.map(({ settled }) => settled)).to.deep.equal([false, false, false, false, false]);
      expect(journal.trades).to.have.lengthOf(1);
      await clock.advance(1);
      expect(answers.map(({ settled }) => settled)).to.deep.equal([true, true, true, true, true]);
      expect(quantity('GameStart')).to.equal(98);
    });

    it('lets frontends begin their sessions meanwhile', async () => {
      catalog = build();
      catalog.beginSession('s', 'frontend:1');
      await clock.advance(200);
      expect(catalog.renewSession('s')).to.equal('granted');
      await clock.advance(longestLeaseMs - 200);
      expect(lookup('GameStart', 's')?.cacheable).to.equal(true);
    });
  });

  describe('grants a term', () => {
    const empty = { number: 0, checksum: 0 };

    it('once: whoever has seen an older one is told the current one', async () => {
      const [won, lost] = await Promise.all([catalog.beginTerm(2, 1, empty), catalog.beginTerm(1, 1, empty)]);
      expect(won).to.deep.include({ code: 200, term: 2, leaderId: 2, lastNumber: 0 });
      expect(lost).to.deep.include({ code: 409, term: 2, leaderId: 2 });
      expect(journal.terms).to.deep.equal([
        { term: 1, leaderId: 3 },
        { term: 2, leaderId: 2 },
      ]);
    });

    it('beyond every term that was ever seen, and raises the alarm if the journal does not know that one', async () => {
      expect(await catalog.beginTerm(2, 8, empty)).to.deep.include({ code: 200, term: 9, leaderId: 2 });
      expect(alarms).to.have.lengthOf(1);
      expect(alarms[0]).to.match(/replica 2 has seen term 8, the journal knows only 1/);
      expect(await trade(1, order('a'))).to.deep.include({ code: 409, term: 9, leaderId: 2 });
    });

    it('is never granted a term that a forged claim has made up', async () => {
      expect((await catalog.beginTerm(2, 0xffff_ffff, { number: 0, checksum: 0 })).code).to.equal(409);
      expect(catalog.state.term).to.equal(1);
    });

    it('when it is on the disk', async () => {
      journal.hold();
      const outcome = watch(catalog.beginTerm(2, 1, empty));
      await clock.advance(1_000);
      expect([outcome.settled, catalog.state.term]).to.deep.equal([false, 1]);
      journal.release();
      await settle();
      expect([outcome.value?.code, catalog.state.term]).to.deep.equal([200, 2]);
    });

    it('after the batch that is being committed, so that the new leader finds it in the journal', async () => {
      journal.hold();
      const old = trade(1, order('a'));
      const claim = catalog.beginTerm(2, 1, empty);
      await settle();
      journal.release();
      expect((await old).code).to.equal(200);
      expect(await claim).to.deep.include({ code: 200, lastNumber: 1 });
    });

    it('to a replica that lags behind', async () => {
      await trade(1, order('a'), order('b'));
      const [first] = journal.trades;
      const end = { number: 1, checksum: first?.checksum ?? 0 };
      expect(await catalog.beginTerm(2, 1, end)).to.deep.include({ code: 200, term: 2, lastNumber: 2 });
      expect(alarms).to.deep.equal([]);
    });

    it('to no replica whose log is longer than the journal, or differs from it, and raises the alarm', async () => {
      await trade(1, order('a'), order('b'));
      const wrong = [
        { number: 3, checksum: 1 },
        { number: 2, checksum: (journal.trades[1]?.checksum ?? 0) ^ 1 },
        { number: 1, checksum: journal.trades[1]?.checksum ?? 0 },
      ];
      for (const end of wrong) {
        expect(await catalog.beginTerm(2, 1, end)).to.deep.include({ code: 412, term: 1, leaderId: 3 });
      }
      expect(alarms).to.have.lengthOf(3);
      expect(alarms[0]).to.match(/replica 2 \(up to 3\) is not a prefix of the journal \(up to 2\)/);
      expect(journal.terms).to.have.lengthOf(1);
    });
  });

  it('reads the journal page by page, with its state', async () => {
    await trade(1, order('a'), order('b'), order('c'));
    expect(await catalog.readJournal(1, 1)).to.deep.equal({
      ...leader,
      lastNumber: 3,
      trades: [journal.trades[1]],
      diskFull: false,
    });
    expect(await catalog.readJournal(0, 0)).to.deep.equal({
      ...leader,
      lastNumber: 3,
      trades: [],
      diskFull: false,
    });
  });

  it('lists the stocks by name, as lookups show them', async () => {
    catalog.beginSession('s', 'frontend:1');
    lookup('GameStart', 's');
    invalidator.mode = 'keep silent';
    const outcome = trade(1, order('a'));
    await settle();
    expect(await catalog.listStocks()).to.deep.equal([stock('BoarCo', 5), stock('GameStart', 100)]);
    invalidator.acknowledge();
    await outcome;
    expect((await catalog.listStocks()).map(({ quantity: left }) => left)).to.deep.equal([5, 99]);
  });

  it('takes its snapshot between two commits', async () => {
    journal.hold();
    const outcome = trade(1, order('a'));
    await settle();
    const snapshot = watch(catalog.snapshot());
    await settle();
    expect(snapshot.settled).to.equal(false);
    journal.release();
    await outcome;
    await settle();
    expect(snapshot.value?.map(({ version }) => version)).to.deep.equal([1, 0]);
  });

  describe('whose activity may be over', () => {
    /** Activity that a test gives and takes. */
    class Given implements Activity {
      holds = true;
      #waiting: (() => void)[] = [];

      held(): Promise<void> {
        return this.holds ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
      }

      give(): void {
        this.holds = true;
        this.#waiting.splice(0).forEach((resolve) => resolve());
      }
    }

    let activity: Given;

    beforeEach(async () => {
      activity = new Given();
      const sessions = new CacheSessions(leaseMs);
      const alarm = (text: string) => alarms.push(text);
      catalog = new Catalog({ ledger, journal, sessions, invalidator, clock, activity, alarm });
      await clock.advance(longestLeaseMs);
      activity.holds = false;
    });

    const questions: readonly (readonly [string, () => unknown])[] = [
      ['a lookup', () => catalog.lookup('GameStart', '')],
      ['for all stocks', () => catalog.listStocks()],
      ['for the journal', () => catalog.readJournal(0, 10)],
      [
        'an order of another leader',
        () => catalog.trade({ term: 9, leaderId: 1, firstNumber: 1, orders: [] }),
      ],
      ['a claim to lead with an old term', () => catalog.beginTerm(2, 0, { number: 0, checksum: 0 })],
    ];
    questions.forEach(([what, ask]) => {
      it(`answers ${what} only when it is sure again that nobody else does`, async () => {
        const answer = watch(Promise.resolve(ask()));
        await clock.advance(5_000);
        expect(answer.settled).to.equal(false);
        activity.give();
        await settle();
        expect(answer.settled).to.equal(true);
      });
    });

    it('reads the journal again if it may have been replaced while it read', async () => {
      activity.give();
      journal.hold();
      const traded = catalog.trade({ term: 1, leaderId: 3, firstNumber: 1, orders: [order('a')] });
      const page = watch(catalog.readJournal(0, 10));
      await settle();
      activity.holds = false;
      journal.release();
      await clock.advance(5_000);
      expect(page.settled).to.equal(false);
      activity.give();
      await settle();
      expect([(await traded).code, page.value?.lastNumber]).to.deep.equal([200, 1]);
    });

    it('raises no alarm about what another catalog may have recorded', async () => {
      const claim = watch(catalog.beginTerm(2, 1, { number: 9, checksum: 7 }));
      const later = watch(catalog.beginTerm(2, 4, { number: 9, checksum: 7 }));
      await clock.advance(5_000);
      expect(alarms).to.deep.equal([]);
      activity.give();
      await settle();
      expect([claim.value?.code, later.value?.code]).to.deep.equal([412, 412]);
      expect(alarms).to.have.lengthOf(2);
    });

    it('grants no right to cache, and says that it takes no trades', () => {
      expect(catalog.beginSession('s', 'frontend:1')).to.equal('withheld');
      expect(catalog.renewSession('s')).to.equal('withheld');
      expect(catalog.takesTrades).to.equal(false);
      activity.give();
      expect(catalog.beginSession('s', 'frontend:1')).to.equal('granted');
      expect(catalog.renewSession('s')).to.equal('granted');
      expect(catalog.takesTrades).to.equal(true);
    });
  });
});
