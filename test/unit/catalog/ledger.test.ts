import { expect } from 'chai';
import { Ledger, LedgerError } from '../../../src/catalog/ledger.js';
import type { Decision } from '../../../src/catalog/ledger.js';
import { maxShares } from '../../../src/shared/domain.js';
import type { Order, Trade } from '../../../src/shared/domain.js';
import { chainTrade } from '../../../src/shared/trade-line.js';
import { order, stock } from '../../support/example-trades.js';

const accepted = (number: number, term = 1): Decision => ({ code: 200, number, term });
const refused = (message: string): Decision => ({ code: 404, message });
const notEnough = refused('not enough stocks left to buy');
const keyReused = { code: 422, message: 'Idempotency-Key was already used with another body' };

/** Decides and applies, as the catalog does once the journal has it. */
function execute(ledger: Ledger, orders: readonly Order[], term = 1): readonly Decision[] {
  const proposal = ledger.decide(orders, term);
  ledger.apply(proposal);
  return proposal.decisions;
}

/** The state of a ledger, for comparing before and after. */
function everything(ledger: Ledger) {
  return {
    stocks: [...ledger.stocks.values()],
    trades: ledger.tradesAfter(0, 1_000),
    end: ledger.end,
    leadership: ledger.leadership,
  };
}

describe('ledger', () => {
  let ledger: Ledger;
  beforeEach(() => {
    ledger = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
  });

  describe('numbers', () => {
    it('are 1, 2, 3 … over all stocks and batches, and refusals take none', () => {
      expect(
        execute(ledger, [order('a'), order('b', { name: 'BoarCo', quantity: 6 }), order('c')]),
      ).to.deep.equal([accepted(1), notEnough, accepted(2)]);
      expect(execute(ledger, [order('d', { type: 'swap' })])).to.deep.equal([
        refused('invalid transaction type'),
      ]);
      expect(execute(ledger, [order('e', { name: 'BoarCo' })], 4)).to.deep.equal([accepted(3, 4)]);
      expect(ledger.tradesAfter(0, 10).map(({ number, orderId }) => [number, orderId])).to.deep.equal([
        [1, 'a'],
        [2, 'c'],
        [3, 'e'],
      ]);
    });

    it('are given to a trade of nothing, too', () => {
      const nothing = order('a', { quantity: 0 });
      expect(
        execute(ledger, [nothing, order('b', { name: 'BoarCo', quantity: 0, type: 'sell' })]),
      ).to.deep.equal([accepted(1), accepted(2)]);
      expect(ledger.stocks.get('GameStart')).to.deep.equal(stock('GameStart', 100, { version: 1 }));
    });
  });

  it('moves shares, counts the volume, and notes which trade touched a stock last', () => {
    execute(ledger, [
      order('a', { quantity: 30 }),
      order('b', { type: 'sell', quantity: 7 }),
      order('c', { name: 'BoarCo' }),
    ]);
    expect([...ledger.stocks.values()]).to.deep.equal([
      stock('GameStart', 77, { volume: 37, version: 2 }),
      stock('BoarCo', 4, { volume: 1, version: 3 }),
    ]);
  });

  it('chains the checksums of all trades, over batches', () => {
    execute(ledger, [order('a'), order('b')]);
    execute(ledger, [order('c')]);
    let previous = 0;
    for (const trade of ledger.tradesAfter(0, 10)) {
      expect(trade).to.deep.equal(chainTrade(trade, previous));
      previous = trade.checksum;
    }
    expect(ledger.end.checksum).to.equal(previous);
  });

  it('finds fault with the type before the name, and with the name before the quantity', () => {
    const wrong = { type: 'swap', name: 'Nobody', quantity: -1 };
    expect(execute(ledger, [order('a', wrong)])).to.deep.equal([refused('invalid transaction type')]);
    expect(execute(ledger, [order('a', { ...wrong, type: 'sell' })])).to.deep.equal([
      refused('invalid stock name'),
    ]);
    expect(execute(ledger, [order('a', { quantity: -1 })])).to.deep.equal([
      refused('num stocks traded should be non negative'),
    ]);
    expect(execute(ledger, [order('a', { quantity: 101 })])).to.deep.equal([notEnough]);
  });

  it('does not take a word of the language for a stock', () => {
    const decisions = execute(ledger, [
      order('a', { name: '__proto__' }),
      order('b', { name: 'constructor' }),
    ]);
    expect(decisions).to.deep.equal([refused('invalid stock name'), refused('invalid stock name')]);
  });

  it('sells the last share, and not one more', () => {
    expect(execute(ledger, [order('a', { quantity: 100 }), order('b')])).to.deep.equal([
      accepted(1),
      notEnough,
    ]);
    expect(ledger.stocks.get('GameStart')?.quantity).to.equal(0);
  });

  it('judges each order of a batch by what those before it leave', () => {
    const orders = [
      order('a', { quantity: 60 }),
      order('b', { quantity: 60 }),
      order('c', { type: 'sell', quantity: 20 }),
      order('d', { quantity: 60 }),
    ];
    expect(execute(ledger, orders)).to.deep.equal([accepted(1), notEnough, accepted(2), accepted(3)]);
    expect(ledger.stocks.get('GameStart')?.quantity).to.equal(0);
  });

  it('refuses a sale that would make more shares than can be counted', () => {
    const sale = (orderId: string, quantity: number) => order(orderId, { type: 'sell', quantity });
    expect(
      execute(ledger, [sale('a', maxShares - 99), sale('b', maxShares - 100), sale('c', 1)]),
    ).to.deep.equal([refused('too many stocks to sell'), accepted(1), refused('too many stocks to sell')]);
    expect(ledger.stocks.get('GameStart')?.quantity).to.equal(maxShares);
  });

  describe('an order id', () => {
    it('gets the same number again, however often the same order is sent', () => {
      execute(ledger, [order('a')], 1);
      execute(ledger, [order('b')], 2);
      const before = everything(ledger);
      expect(execute(ledger, [order('a'), order('b'), order('a')], 9)).to.deep.equal([
        accepted(1, 1),
        accepted(2, 2),
        accepted(1, 1),
      ]);
      expect(everything(ledger)).to.deep.equal(before);
    });

    it('is executed once when a batch holds it twice', () => {
      expect(execute(ledger, [order('a'), order('a'), order('b'), order('a')])).to.deep.equal([
        accepted(1),
        accepted(1),
        accepted(2),
        accepted(1),
      ]);
      expect(ledger.stocks.get('GameStart')?.quantity).to.equal(98);
    });

    it('cannot be used for another order, not even within a batch', () => {
      const orders = [order('a'), order('a', { quantity: 2 }), order('a', { type: 'sell' })];
      expect(execute(ledger, orders)).to.deep.equal([accepted(1), keyReused, keyReused]);
      expect(execute(ledger, [order('a', { name: 'BoarCo' })])).to.deep.equal([keyReused]);
    });

    it('is looked at before anything else in the order', () => {
      execute(ledger, [order('a'), order('b', { quantity: 1_000 })]);
      const nonsense = { type: 'swap', name: 'Nobody', quantity: -1 };
      expect(execute(ledger, [order('a', nonsense), order('b', nonsense)])).to.deep.equal([
        keyReused,
        keyReused,
      ]);
    });

    it('of a refused order stays refused after there are enough shares', () => {
      const large = order('a', { quantity: 150 });
      expect(execute(ledger, [large])).to.deep.equal([notEnough]);
      expect(execute(ledger, [order('b', { type: 'sell', quantity: 100 }), large])).to.deep.equal([
        accepted(1),
        notEnough,
      ]);
      expect(execute(ledger, [order('c', { quantity: 150 })])).to.deep.equal([accepted(2)]);
    });

    it('of a refused order stays refused within the batch that restocks', () => {
      const large = order('a', { quantity: 150 });
      const orders = [large, order('b', { type: 'sell', quantity: 100 }), large];
      expect(execute(ledger, orders)).to.deep.equal([notEnough, accepted(1), notEnough]);
    });

    it('is free again after a refusal that the text alone explains', () => {
      execute(ledger, [
        order('a', { type: 'swap' }),
        order('b', { name: 'Nobody' }),
        order('c', { quantity: -1 }),
      ]);
      expect(execute(ledger, [order('a'), order('b'), order('c')])).to.deep.equal([
        accepted(1),
        accepted(2),
        accepted(3),
      ]);
    });

    it('of a refused order is remembered for the next 100,000 refusals, and no longer', () => {
      const refusals = 100_000;
      for (let index = 0; index < refusals; index += 1) {
        ledger.replayRefusal({
          ...order(`r${index}`, { quantity: 101 }),
          reason: 'not enough stocks left to buy',
        });
      }
      expect(ledger.hasDecided('r0')).to.equal(true);
      execute(ledger, [order('one-more', { quantity: 101 })]);
      expect([ledger.hasDecided('r0'), ledger.hasDecided('r1'), ledger.hasDecided('one-more')]).to.deep.equal(
        [false, true, true],
      );
    });
  });

  it('changes nothing before the decision is applied', () => {
    execute(ledger, [order('a')]);
    const before = everything(ledger);
    const orders = [order('b'), order('c', { quantity: 1_000 }), order('d', { type: 'sell' })];
    const proposal = ledger.decide(orders, 2);
    expect(everything(ledger)).to.deep.equal(before);
    expect([ledger.hasDecided('b'), ledger.hasDecided('c')]).to.deep.equal([false, false]);
    expect(ledger.decide(orders, 2)).to.deep.equal(proposal);
    ledger.apply(proposal);
    expect([ledger.hasDecided('b'), ledger.hasDecided('c')]).to.deep.equal([true, true]);
    expect(ledger.end.number).to.equal(3);
  });

  it('hands out trades by number, page by page', () => {
    execute(ledger, [order('a'), order('b'), order('c')]);
    const numbers = (trades: readonly Trade[]) => trades.map(({ number }) => number);
    expect(numbers(ledger.tradesAfter(0, 2))).to.deep.equal([1, 2]);
    expect(numbers(ledger.tradesAfter(2, 2))).to.deep.equal([3]);
    expect(numbers(ledger.tradesAfter(3, 2))).to.deep.equal([]);
    expect(ledger.trade(2)?.orderId).to.equal('b');
    expect([ledger.trade(0), ledger.trade(4)]).to.deep.equal([undefined, undefined]);
  });

  describe('replay', () => {
    function trades(): readonly Trade[] {
      execute(ledger, [
        order('a', { quantity: 40 }),
        order('b', { name: 'BoarCo', quantity: 5 }),
        order('c', { type: 'sell', quantity: 10 }),
        order('d', { quantity: 70 }),
      ]);
      return ledger.tradesAfter(0, 10);
    }

    it('from the initial stocks ends in the same state', () => {
      const history = trades();
      const replayed = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
      history.forEach((trade) => replayed.replayTrade(trade));
      expect(everything(replayed)).to.deep.equal(everything(ledger));
    });

    it('over a snapshot of any age applies no trade twice', () => {
      const history = trades();
      const aging = new Ledger([stock('GameStart', 100), stock('BoarCo', 5)]);
      for (let age = 0; age <= history.length; age += 1) {
        const restarted = new Ledger(aging.stocks.values());
        history.forEach((trade) => restarted.replayTrade(trade));
        expect(everything(restarted), `snapshot after trade ${age}`).to.deep.equal(everything(ledger));
        history.slice(age, age + 1).forEach((trade) => aging.replayTrade(trade));
      }
    });

    it('remembers orders, refusals and the term', () => {
      ledger.beginTerm({ term: 3, leaderId: 2 });
      ledger.replayTrade({ ...order('a'), type: 'buy', number: 1, term: 3 });
      ledger.replayRefusal({ ...order('b', { quantity: 1_000 }), reason: 'not enough stocks left to buy' });
      expect(ledger.leadership).to.deep.equal({ term: 3, leaderId: 2 });
      execute(ledger, [order('c', { type: 'sell', quantity: 10_000 })], 4);
      expect(execute(ledger, [order('a'), order('b', { quantity: 1_000 })], 4)).to.deep.equal([
        accepted(1, 3),
        notEnough,
      ]);
    });

    const first = { ...order('a'), type: 'buy', number: 1, term: 1 } as const;
    const impossible: [string, Omit<Trade, 'checksum'>, RegExp][] = [
      [
        'a number that is missing',
        { ...first, orderId: 'b', number: 3 },
        /has transaction number 3 where 2 should be/,
      ],
      ['a number that is repeated', { ...first, orderId: 'b' }, /has transaction number 1 where 2 should be/],
      [
        'a stock that nobody lists',
        { ...first, orderId: 'b', number: 2, name: 'Nobody' },
        /"Nobody".*does not list/,
      ],
      ['an order id that is repeated', { ...first, number: 2 }, /repeats the order id a/],
      [
        'more shares than there are',
        { ...first, orderId: 'b', number: 2, quantity: 100 },
        /more of "GameStart"/,
      ],
    ];
    for (const [what, trade, text] of impossible) {
      it(`stops at ${what}`, () => {
        ledger.replayTrade(first);
        const before = everything(ledger);
        expect(() => ledger.replayTrade(trade)).to.throw(LedgerError, text);
        expect(everything(ledger)).to.deep.equal(before);
      });
    }
  });
});
