// The campaign of `npm run test:simulation` follows these; here is what it relies on.
import { expect } from 'chai';
import { failpointNames } from '../../src/shared/failpoint.js';
import { simulate, simulateTwice } from './simulate.js';
import { Tally } from './tally.js';

describe('the simulation', () => {
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
