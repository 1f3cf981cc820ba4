import { expect } from 'chai';
import { randomInteger, seededRandom } from '../../../src/cli/seeded-random.js';

const take = (random: () => number, count: number) => Array.from({ length: count }, () => random());

describe('seeded random', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const numbers = take(seededRandom(7), 5);
    expect(take(seededRandom(7), 5)).to.deep.equal(numbers);
    expect(take(seededRandom(8), 5)).to.not.deep.equal(numbers);
  });

  it('spreads its numbers evenly over 0 to 1', () => {
    const numbers = take(seededRandom(1), 10_000);
    const tenths = Array.from({ length: 10 }, (_, tenth) => {
      return numbers.filter((number) => Math.floor(number * 10) === tenth).length;
    });
    for (const count of tenths) {
      expect(count).to.be.within(850, 1_150);
    }
    expect(tenths.reduce((sum, count) => sum + count)).to.equal(10_000);
  });

  it('draws whole numbers up to and including both ends', () => {
    const random = seededRandom(3);
    const drawn = new Set(Array.from({ length: 200 }, () => randomInteger(random, 1, 5)));
    expect(drawn).to.deep.equal(new Set([1, 2, 3, 4, 5]));
  });
});
