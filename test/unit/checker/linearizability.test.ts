import { expect } from 'chai';
import { code, message } from '../../../src/shared/answer-codes.js';
import { maxShares } from '../../../src/shared/domain.js';
import { checkLinearizability } from '../../checker/linearizability.js';
import type { LookedUp, Posted } from '../../checker/history.js';
import { executed, lookup, refused, unknown } from '../../support/example-history.js';

/** Of a stock of 10 shares. */
const judge = (posts: readonly Posted[], lookups: readonly LookedUp[] = [], quantity = 10) =>
  checkLinearizability({ posts, lookups }, [{ name: 'A', quantity }]);

function expectLinearizable(posts: readonly Posted[], lookups: readonly LookedUp[] = [], quantity = 10) {
  expect(judge(posts, lookups, quantity)).to.deep.include({ verdict: 'linearizable', explanations: [] });
}

function expectRefuted(posts: readonly Posted[], lookups: readonly LookedUp[] = [], quantity = 10): string {
  const { verdict, explanations } = judge(posts, lookups, quantity);
  expect(verdict).to.equal('not linearizable');
  expect(explanations).to.have.length(1);
  return explanations[0] as string;
}

const buyOne = executed({ key: 'a', sentMs: 10, answeredMs: 20 });

describe('the linearizability check of lookups', () => {
  it('accepts a history without events', () => {
    expectLinearizable([]);
  });

  it('lets a lookup during an order see it or not', () => {
    expectLinearizable([buyOne], [lookup(12, 18, 10), lookup(19, 30, 9)]);
    expectLinearizable([buyOne], [lookup(12, 18, 9), lookup(19, 30, 9)]);
  });

  it('refutes a stale read', () => {
    expectRefuted([buyOne], [lookup(21, 22, 10)]);
  });

  it('does not call a read stale that began in the moment of the answer', () => {
    expectLinearizable([buyOne], [lookup(20, 22, 10)]);
  });

  it('refutes a read that is older than an earlier read', () => {
    expectRefuted([buyOne], [lookup(11, 12, 9), lookup(13, 14, 10)]);
  });

  it('refutes a read of the future', () => {
    expectRefuted([buyOne], [lookup(5, 9, 9)]);
  });

  it('refutes a quantity that never was', () => {
    expectRefuted([buyOne], [lookup(11, 30, 8)]);
  });

  it('refutes a lookup of a stock that does not exist', () => {
    const explanation = expectRefuted([], [{ ...lookup(1, 2, 10), name: 'B' }]);
    expect(explanation).to.match(/^B does not exist/);
  });

  it('refutes two readers who see two orders in different sequences', () => {
    const sale = executed({ key: 'b', type: 'sell', quantity: 5, sentMs: 10, answeredMs: 40 });
    const buying = { ...buyOne, answeredMs: 40 };
    expectLinearizable([buying, sale], [lookup(11, 12, 9), lookup(13, 14, 14)]);
    expectRefuted([buying, sale], [lookup(11, 12, 9), lookup(13, 14, 15)]);
  });

  it('keeps stocks apart', () => {
    const stocks = [
      { name: 'A', quantity: 10 },
      { name: 'B', quantity: 10 },
    ];
    const lookups = [lookup(21, 22, 9), { ...lookup(21, 22, 10), name: 'B' }];
    expect(checkLinearizability({ posts: [buyOne], lookups }, stocks).verdict).to.equal('linearizable');
    const other = { ...buyOne, name: 'B' };
    const { explanations } = checkLinearizability({ posts: [other], lookups }, stocks);
    expect(explanations.map((text) => text.slice(0, 2))).to.deep.equal(['A ', 'B ']);
  });
});

describe('the linearizability check of orders', () => {
  it('refutes a lost order', () => {
    const next = executed({ key: 'b', sentMs: 30, answeredMs: 40 });
    expectLinearizable([buyOne, next], [lookup(50, 60, 8)]);
    expectRefuted([buyOne, next], [lookup(50, 60, 9)]);
  });

  it('refutes a doubled order', () => {
    expectRefuted([buyOne, { ...buyOne, sentMs: 30, answeredMs: 40 }], [lookup(50, 60, 8)]);
  });

  it('takes all attempts with one key for one order, done when the first answer came', () => {
    const attempts = [
      unknown({ key: 'a', sentMs: 10, answeredMs: 15 }),
      executed({ key: 'a', sentMs: 30, answeredMs: 40 }),
      executed({ key: 'a', sentMs: 20, answeredMs: 60 }),
    ];
    expectLinearizable(attempts, [lookup(16, 17, 10), lookup(31, 32, 9)]);
    expectLinearizable(attempts, [lookup(16, 17, 9), lookup(50, 51, 9)]);
    expectRefuted(attempts, [lookup(50, 51, 10)]);
    expectRefuted(attempts, [lookup(5, 9, 9)]);
  });

  it('refutes a refusal although there was enough at all times', () => {
    expectRefuted([refused({ key: 'a', quantity: 10, sentMs: 10, answeredMs: 20 })]);
    expectRefuted([refused({ key: 'a', quantity: 0, sentMs: 10, answeredMs: 20 })], [], 0);
    expectRefuted([refused({ key: 'a', type: 'sell', sentMs: 10, answeredMs: 20 })], [], maxShares - 1);
  });

  it('accepts a refusal if there was not enough at some time', () => {
    const posts = [
      executed({ key: 'a', quantity: 9, sentMs: 10, answeredMs: 30 }),
      executed({ key: 'b', type: 'sell', quantity: 9, sentMs: 10, answeredMs: 30 }),
      refused({ key: 'c', quantity: 10, sentMs: 20, answeredMs: 40 }),
    ];
    expectLinearizable(posts, [lookup(50, 60, 10)]);
    expectRefuted(posts, [lookup(15, 18, 19), lookup(50, 60, 10)]);
    expectLinearizable([refused({ key: 'a', type: 'sell', sentMs: 10, answeredMs: 20 })], [], maxShares);
  });

  it('refutes an order that was accepted although there never was enough', () => {
    expectRefuted([executed({ key: 'a', quantity: 11, sentMs: 10, answeredMs: 20 })]);
    const sale = executed({ key: 'b', type: 'sell', sentMs: 30, answeredMs: 40 });
    expectRefuted([executed({ key: 'a', quantity: 11, sentMs: 10, answeredMs: 20 }), sale]);
    expectLinearizable([executed({ key: 'a', quantity: 11, sentMs: 10, answeredMs: 30 }), sale]);
  });

  it('refutes two orders that can only have been executed one after the other', () => {
    const posts = [
      executed({ key: 'a', quantity: 6, sentMs: 10, answeredMs: 20 }),
      executed({ key: 'b', quantity: 6, sentMs: 10, answeredMs: 20 }),
    ];
    expectRefuted(posts);
    expectLinearizable(posts, [], 12);
  });

  it('refutes two different answers to one key', () => {
    const first = refused({ key: 'a', quantity: 11, sentMs: 10, answeredMs: 20 });
    const explanation = expectRefuted([first, executed({ ...first, code: code.ok, message: '' })], [], 20);
    expect(explanation).to.equal('a was refused, "not enough stocks left to buy", and executed');
  });

  it('ignores orders that are refused for their text', () => {
    const invalid = { code: code.notFound, sentMs: 10, answeredMs: 20 };
    expectLinearizable([
      refused({ ...invalid, key: 'a', type: 'swap', message: message.invalidType }),
      refused({ ...invalid, key: 'b', name: 'B', message: message.invalidName }),
      refused({ ...invalid, key: 'c', quantity: -1, message: message.negativeQuantity }),
      unknown({ key: 'd', quantity: -1, sentMs: 10, answeredMs: 20 }),
    ]);
  });

  it('refutes that such an order was executed', () => {
    const explanation = expectRefuted([executed({ key: 'a', quantity: -1, sentMs: 10, answeredMs: 20 })]);
    expect(explanation).to.equal('a was executed: buy -1 of A');
  });

  it('believes in no effect of an order that was refused for its text', () => {
    const told = { code: code.notFound, message: message.invalidName };
    expectRefuted([refused({ ...told, key: 'a', sentMs: 10, answeredMs: 20 })], [lookup(30, 40, 9)]);
  });
});

describe('the linearizability check of orders without an answer', () => {
  const lost = unknown({ key: 'a', code: 0, message: 'socket hang up', sentMs: 10, answeredMs: 20 });

  it('lets them show at once, later, or never', () => {
    expectLinearizable([lost], [lookup(15, 16, 9), lookup(30, 40, 9)]);
    expectLinearizable([lost], [lookup(30, 40, 10), lookup(5_000, 5_001, 9)]);
    expectLinearizable([lost], [lookup(30, 40, 10), lookup(5_000, 5_001, 10)]);
  });

  it('lets them show only once, from the sending on, and for good', () => {
    expectRefuted([lost], [lookup(30, 40, 8)]);
    expectRefuted([lost], [lookup(1, 9, 9)]);
    expectRefuted([lost], [lookup(30, 40, 9), lookup(50, 60, 10)]);
  });

  it('counts a 503 that promises that nothing was done as unknown too', () => {
    expectLinearizable([{ ...lost, code: code.unavailable, message: message.noLeader }], [lookup(30, 40, 9)]);
  });

  it('lets one of them explain a refusal', () => {
    const few = refused({ key: 'b', quantity: 10, sentMs: 30, answeredMs: 40 });
    expectLinearizable([lost, few]);
    expectRefuted([lost, few], [lookup(50, 60, 10)]);
  });

  it('does not let them take more than there is', () => {
    const greedy = unknown({ key: 'a', quantity: 11, sentMs: 10, answeredMs: 20 });
    expectRefuted([greedy, refused({ key: 'b', quantity: 10, sentMs: 30, answeredMs: 40 })]);
  });

  it('takes any of several with the same effect', () => {
    const three = [10, 100, 200].map((sentMs) => unknown({ key: `u${sentMs}`, sentMs, answeredMs: 300 }));
    expectLinearizable(three, [lookup(150, 160, 8), lookup(400, 500, 7)]);
    expectRefuted(three, [lookup(150, 160, 7)]);
  });

  it('takes one body, the decided one, of a key that came with two', () => {
    const other = executed({ key: 'a', quantity: 3, sentMs: 30, answeredMs: 40 });
    const reused = unknown({ key: 'a', code: code.keyReused, sentMs: 50, answeredMs: 60 });
    expectLinearizable([lost, other, reused], [lookup(70, 80, 7)]);
    expectRefuted([lost, other, reused], [lookup(70, 80, 6)]);
    expectLinearizable([lost, { ...lost, quantity: 3 }], [lookup(70, 80, 7)]);
    const explanation = expectRefuted([other, buyOne]);
    expect(explanation).to.equal('a was decided with two different bodies');
  });
});

describe('the linearizability search', () => {
  it('decides long concurrency', () => {
    const posts = Array.from({ length: 60 }, (_, index) =>
      executed({
        key: `k${index}`,
        type: index % 3 === 0 ? 'sell' : 'buy',
        quantity: 1 + (index % 4),
        sentMs: index,
        answeredMs: 5_000 + index,
      }),
    );
    const left = posts.reduce(
      (sum, { type, quantity }) => sum + (type === 'buy' ? -quantity : quantity),
      100,
    );
    const lookups = Array.from({ length: 40 }, (_, index) =>
      lookup(4_000 + index, 4_020 + index, 100 - index),
    );
    expectLinearizable(posts, [...lookups, lookup(6_000, 6_001, left)], 100);
    expectRefuted(posts.slice(0, 16), [lookup(6_000, 6_001, 4)], 100);
  });

  it('says so when it gives up', () => {
    const posts = Array.from({ length: 16 }, (_, index) =>
      executed({ key: `k${index}`, quantity: 2 ** (index + 1), sentMs: 0, answeredMs: 100 }),
    );
    const stocks = [{ name: 'A', quantity: 2 ** 17 }];
    // Any even quantity may be left at that time.
    const result = checkLinearizability({ posts, lookups: [lookup(50, 60, 12_345)] }, stocks, 1_000);
    expect(result).to.deep.include({ verdict: 'undecided', steps: 1_000 });
    expect(result.explanations[0]).to.match(/^A is undecided after 1000 steps/);
    // Another stock may decide it all the same.
    const refuted = executed({ key: 'b', name: 'B', sentMs: 0, answeredMs: 100 });
    for (const more of [
      [{ name: 'B', quantity: 0 }, ...stocks],
      [...stocks, { name: 'B', quantity: 0 }],
    ]) {
      const history = { posts: [...posts, refuted], lookups: [lookup(50, 60, 12_345)] };
      expect(checkLinearizability(history, more, 1_000).verdict).to.equal('not linearizable');
    }
  });

  it('explains how far it came, and what cannot follow', () => {
    const explanation = expectRefuted([buyOne], [lookup(5, 6, 10), lookup(21, 22, 10)]);
    expect(explanation.split('\n    ')).to.deep.equal([
      'A is not linearizable after 1 steps: of 3 operations 2 can be put in order, the last ones being',
      'lookup at frontend-1 (HIT) [5.000, 6.000]: 10 left',
      'buy 1 (a) [10.000, 20.000]: executed',
      'which leaves 9; then one of these has to follow, and none can:',
      'lookup at frontend-1 (HIT) [21.000, 22.000]: 10 left',
    ]);
  });
});
