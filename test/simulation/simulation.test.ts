// The campaign of `npm run test:simulation` follows these; here is what it relies on.
import { expect } from 'chai';
import { failpointNames } from '../../src/shared/failpoint.js';
import { simulate, simulateTwice } from './simulate.js';
import { Tally } from './tally.js';

/**
 * Seeds that failed once, whatever the reason was. A seed tells another story when the simulation draws its dice in
 * another way, so what a failure taught has a test of its own as well; but they cost nothing to keep.
 */
const failedOnce = [
  // F4: a replica led with less than was executed before its term.
  61, 27_388, 42_347,
  // I9 was judged too strictly while a follower's volume was deleted.
  41, 47, 282, 284, 357, 367, 376, 382, 405, 488, 570, 603, 660, 696, 716, 934, 1336, 1347, 1383, 1384, 1456,
  1518, 1681, 1735, 1756, 1855, 1997,
];

describe('the simulation', () => {
  it('has no trouble any more with the seeds that failed once', async () => {
    for (const seed of failedOnce) {
      expect((await simulate(seed)).violations, `npm run simulate -- --seed ${seed} --trace`).to.deep.equal(
        [],
      );
    }
  }).timeout(60_000);

  it('tells what happened, line by line, and does the same whether it tells or not', async () => {
    const told = await simulate(1, true);
    const silent = await simulate(1);
    expect(told.violations).to.deep.equal([]);
    expect(told.traceLines.length).to.be.above(1_000);
    expect(told.traceLines[0]).to.match(/^ +\d+\.\d{3} \S+ /);
    expect(silent.traceLines).to.deep.equal([]);
    expect(silent.traceChecksum).to.equal(told.traceChecksum);
  });

  it('does exactly the same again for the same seed, and something else for another', async () => {
    const first = await simulateTwice(2);
    expect(first.violations).to.deep.equal([]);
    expect((await simulate(3)).traceChecksum).not.to.equal(first.traceChecksum);
  });

  it('names the failpoints that nobody came by', async () => {
    const outcome = await simulate(4);
    const tally = new Tally();
    tally.add({ ...outcome, passed: new Map([['order.order.received', 1]]) });
    expect(tally.missedFailpoints).to.have.length(failpointNames.length - 1);
    expect(tally.missedFailpoints).not.to.include('order.order.received');
  });
});
