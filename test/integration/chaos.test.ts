import { expect } from 'chai';
import { chaos } from '../chaos/chaos.js';
import { NativeTarget } from '../chaos/native-target.js';
import { Dice } from '../simulation/dice.js';

const seed = 3;
const minutes = 0.4;

describe('a system under random faults', function () {
  this.timeout(120_000);

  it('loses, doubles and forgets nothing, and answers everybody', async () => {
    const dice = new Dice(seed);
    const target = await NativeTarget.create(() => dice.between(0, 1));
    const story: string[] = [];
    try {
      await target.start();
      const { figures, verdict } = await chaos(target, minutes, {
        seed,
        clients: 16,
        thinkMs: 15,
        pace: { shortestGapMs: 1_500, longestGapMs: 2_500 },
        say: (text) => story.push(text),
      });
      console.log(`      ${figures.acknowledged} orders, ${figures.faults} faults`);
      const told = story.join('\n');
      expect(verdict.violations, told).to.deep.equal([]);
      expect(verdict.unanswered, told).to.equal(0);
      expect(figures.faults).to.be.above(5);
      expect(figures.acknowledged).to.be.above(300);
    } finally {
      await target.close(false);
    }
  });
});
