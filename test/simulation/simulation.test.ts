import { expect } from 'chai';
import { simulate } from './simulate.js';

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
/** Seeds that have found something once, with what they found. */
const regressions: readonly (readonly [number, string])[] = [
  [5_112, 'a doubled renewLease that begins a session made the catalog forget what the session was handed'],
];

describe('the whole system, simulated', () => {
  it(`keeps its promises in ${seeds.length} runs full of faults`, async function () {
    this.timeout(60_000);
    for (const seed of seeds) {
      const { violations } = await simulate(seed);
      expect(violations, `node dist/test/simulation/run.js --seed ${seed} --trace`).to.deep.equal([]);
    }
  });

  for (const [seed, what] of regressions) {
    it(`seed ${seed}: ${what}`, async () => {
      expect((await simulate(seed)).violations).to.deep.equal([]);
    });
  }

  it('does exactly the same again for the same seed', async () => {
    for (const seed of seeds.slice(0, 5)) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.traceChecksum, `seed ${seed}`).to.equal(first.traceChecksum);
      expect(second.events, `seed ${seed}`).to.equal(first.events);
    }
  });
});
