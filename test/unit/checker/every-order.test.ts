import { expect } from 'chai';
import { Dice } from '../../simulation/dice.js';
import { checkLinearizability } from '../../checker/linearizability.js';
import type { LookedUp, Posted } from '../../checker/history.js';
import { canBeOrdered } from '../../support/every-order.js';
import { executed, lookup, refused, unknown, type Attempt } from '../../support/example-history.js';

const quantity = 3;
const rounds = 6_000;

/** Few events close together, with answers that may or may not go together. */
function randomHistory(dice: Dice): { posts: Posted[]; lookups: LookedUp[] } {
  const bodies = Array.from({ length: dice.whole(1, 4) }, (_, index) => ({
    key: `k${index}`,
    type: dice.pick(['buy', 'buy', 'sell']),
    quantity: dice.whole(0, 3),
  }));
  const times = (): { sentMs: number; answeredMs: number } => {
    const sentMs = dice.whole(0, 12);
    return { sentMs, answeredMs: sentMs + dice.whole(0, 6) };
  };
  const posts = Array.from({ length: dice.whole(1, 4) }, () => {
    const attempt: Attempt = { ...dice.pick(bodies), ...times() };
    const answers = attempt.type === 'buy' ? [executed, executed, refused, unknown] : [executed, unknown];
    return dice.pick(answers)(attempt);
  });
  const lookups = Array.from({ length: dice.whole(0, 3) }, () => {
    const { sentMs, answeredMs } = times();
    return lookup(sentMs, answeredMs, dice.whole(0, 5));
  });
  return { posts, lookups };
}

describe('the linearizability check', () => {
  it(`comes to the same verdict as trying every order, in ${rounds} small histories`, () => {
    const counts = { linearizable: 0, 'not linearizable': 0, undecided: 0 };
    for (let seed = 1; seed <= rounds; seed += 1) {
      const history = randomHistory(new Dice(seed));
      const { verdict } = checkLinearizability(history, [{ name: 'A', quantity }]);
      const isRight = canBeOrdered([...history.posts, ...history.lookups], quantity);
      const text = `seed ${seed}: ${JSON.stringify(history)}`;
      expect(verdict, text).to.equal(isRight ? 'linearizable' : 'not linearizable');
      counts[verdict] += 1;
    }
    expect(counts.linearizable).to.be.greaterThan(rounds / 10);
    expect(counts['not linearizable']).to.be.greaterThan(rounds / 10);
  });
});
