import { expect } from 'chai';
import { simulate } from './simulate.js';

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
describe('the whole system, simulated', () => {
  it(`keeps its promises in ${seeds.length} runs full of faults`, async function () {
    this.timeout(60_000);
    for (const seed of seeds) {
      const { violations } = await simulate(seed);
      expect(violations, `node dist/test/simulation/run.js --seed ${seed} --trace`).to.deep.equal([]);
    }
  });

  it('does exactly the same again for the same seed', async () => {
    for (const seed of seeds.slice(0, 5)) {
      const first = await simulate(seed);
      const second = await simulate(seed);
      expect(second.traceChecksum, `seed ${seed}`).to.equal(first.traceChecksum);
      expect(second.events, `seed ${seed}`).to.equal(first.events);
    }
  });
});
