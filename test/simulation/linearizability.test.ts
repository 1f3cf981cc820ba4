import { expect } from 'chai';
import { check, type Evidence } from '../checker/checker.js';
import { checkLinearizability } from '../checker/linearizability.js';
import { corruptions, harmlessChanges, showsImpossibleQuantity } from './corruptions.js';
import { Dice } from './dice.js';
import { simulate } from './simulate.js';

const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
const corruptionsPerSeed = 8;

describe('the two checkers of a simulated history', () => {
  const clean: Evidence[] = [];
  before(async function () {
    this.timeout(30_000);
    for (const seed of seeds) {
      await simulate(seed, false, (evidence) => clean.push(evidence));
    }
  });

  it(`both accept what ${seeds.length} runs without a violation have shown`, () => {
    expect(clean).to.have.length(seeds.length);
    for (const evidence of clean) {
      expect(check(evidence)).to.deep.equal([]);
      expect(checkLinearizability(evidence, evidence.stocks).verdict).to.equal('linearizable');
      expect(showsImpossibleQuantity(evidence)).to.equal(false);
    }
  });

  for (const [name, change] of Object.entries(harmlessChanges)) {
    it(`both still accept it when ${name}`, () => {
      clean.forEach((evidence, index) => {
        const changed = change(evidence, new Dice(index));
        expect(check(changed)).to.deep.equal([]);
        const { verdict, explanations } = checkLinearizability(changed, changed.stocks);
        expect(verdict, `seed ${seeds[index]}: ${explanations.join('\n')}`).to.equal('linearizable');
      });
    });
  }

  for (const [name, corrupt] of Object.entries(corruptions)) {
    it(`both see that ${name}, if it shows without numbers`, function () {
      this.timeout(60_000);
      let visible = 0;
      clean.forEach((evidence, index) => {
        const dice = new Dice(index);
        for (let turn = 1; turn <= corruptionsPerSeed; turn += 1) {
          const corrupted = corrupt(evidence, dice);
          if (!corrupted) {
            continue;
          }
          const isRefutedByNumbers = check(corrupted).length > 0;
          const { verdict } = checkLinearizability(corrupted, corrupted.stocks);
          const where = `seed ${seeds[index]}, turn ${turn}`;
          if (showsImpossibleQuantity(corrupted)) {
            visible += 1;
            expect(verdict, where).to.equal('not linearizable');
          }
          if (verdict === 'not linearizable') {
            expect(isRefutedByNumbers, where).to.equal(true);
          }
        }
      });
      expect(visible).to.be.greaterThan(0);
    });
  }
});
