import { expect } from 'chai';
import { overload } from '../measure/overload-run.js';
import { System } from '../support/system.js';

/** Few, so that one load generator is enough to fill them. */
const maxInFlight = 64;
const connections = 400;

describe('ten times as many orders as can be executed', function () {
  this.timeout(60_000);
  let system: System;

  before(async () => {
    // Load generator and system share the processors: none of that must look like a failure of a replica.
    system = await System.start({
      MAX_ORDERS_IN_FLIGHT: String(maxInFlight),
      HEARTBEAT_TIMEOUT_MS: '2000',
      LOG_LEVEL: 'warn',
    });
  });

  after(() => system.close());

  it('are executed or turned away at once; lookups go on, nothing grows, and it is itself again after a second', async () => {
    const figures = await overload(system, { seconds: 4, times: 10, connections, calmConnections: 32 });
    const { before, during, after, lookups, memoryMb } = figures;
    for (const load of [before, during, after]) {
      expect(load).to.include({ otherStatuses: 0, brokenConnections: 0 });
      expect(load.accepted.perSecond).to.be.above(0);
    }
    expect([before.turnedAway.perSecond, after.turnedAway.perSecond]).to.deep.equal([0, 0]);
    expect(during.turnedAway.perSecond).to.be.above(0);
    expect(after.accepted.perSecond).to.be.above(before.accepted.perSecond / 2);
    expect(lookups.failed).to.equal(0);
    for (const [name, [early, late]] of memoryMb) {
      expect(late - early, `MB that ${name} has grown`).to.be.below(100);
    }
  });
});
