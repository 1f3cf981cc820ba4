import { expect } from 'chai';
import { overload } from '../measure/overload-run.js';
import { System } from '../support/system.js';

/** Few, so that one load generator is enough to fill them. */
const maxInFlight = 64;
/** So many that the event loop would come to nothing else if each of them came back at once, see left-alone.ts. */
const connections = 1_600;

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
    const calm = { seconds: 3, warmUpSeconds: 1 };
    const flood = { seconds: 4, times: 10, connections, rude: true };
    const figures = await overload(system, { ...flood, calmConnections: 32, calm });
    const { before, during, after, lookups, memoryMb } = figures;
    for (const load of [before, during, after]) {
      expect(load).to.include({ otherStatuses: 0, brokenConnections: 0 });
      expect(load.accepted.perSecond).to.be.above(0);
    }
    expect([before.turnedAway.perSecond, after.turnedAway.perSecond]).to.deep.equal([0, 0]);
    expect(during.turnedAway.perSecond).to.be.above(0);
    expect(during.accepted.perSecond).to.be.above(before.accepted.perSecond / 8);
    expect(after.accepted.perSecond).to.be.above(before.accepted.perSecond / 2);
    expect(lookups.failed).to.equal(0);
    for (const [name, [early, late]] of memoryMb) {
      expect(late - early, `MB that ${name} has grown`).to.be.below(100);
    }
  });
});
