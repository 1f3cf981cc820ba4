import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { putOrderLoad } from '../measure/order-load.js';
import { overload } from '../measure/overload-run.js';
import { checkHistory, post } from '../support/history.js';
import { HttpClient } from '../support/http.js';
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

  it('say when to come again, and under which key', async () => {
    const load = putOrderLoad({
      port: Number(system.environment.FRONTEND_PORT),
      connections,
      seconds: 2,
      ordersPerSecond: 0,
      warmUpSeconds: 0,
    });
    await delay(500);
    const client = new HttpClient(system.url);
    const answers = [];
    for (let turn = 0; turn < 20; turn += 1) {
      const headers = { 'Idempotency-Key': `key-${turn}` };
      const body = { name: 'AAPL', type: 'sell', quantity: 1 };
      answers.push(await client.send({ method: 'POST', path: '/orders', headers, body }));
    }
    await load;
    const turnedAway = answers.filter(({ status }) => status !== 200);
    expect(turnedAway).not.to.have.lengthOf(0);
    for (const { status, headers } of turnedAway) {
      expect(status).to.equal(503);
      expect(headers).to.include({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(headers['idempotency-key']).to.match(/^key-\d+$/);
    }
    // What was turned away was not executed: the same key is free.
    const again = await post(client, 'key-0', { name: 'AAPL', type: 'sell', quantity: 1 });
    expect(again.code).to.equal(200);
    client.close();
    await system.converged();
    await checkHistory(system.dataDirectory, [again]);
  });
});
