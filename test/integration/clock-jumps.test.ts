import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { check } from '../checker/checker.js';
import { stockNames as stocks } from '../measure/long-history.js';
import { Customers } from '../support/customers.js';
import { eventually } from '../support/eventually.js';
import { checkHistory, readEvidence } from '../support/history.js';
import { serviceNames, System } from '../support/system.js';

const jumpingClock = fileURLToPath(new URL('../support/jumping-clock.js', import.meta.url));

describe('wall clocks that jump by an hour, back and forth', function () {
  this.timeout(60_000);
  let system: System;

  before(async () => {
    // A busy machine must not cause an election, nor let a lease run out: that would say nothing about clocks.
    system = await System.start({
      NODE_OPTIONS: `--import ${jumpingClock}`,
      HEARTBEAT_TIMEOUT_MS: '1000',
      LEASE_MS: '3000',
    });
    await eventually(async () => expect((await system.cluster()).cache.lease_live).to.equal(true));
  });

  after(() => system.close());

  it('are seen by every process', () => {
    const seen = new Map(serviceNames.map((name) => [name, new Set<number>()]));
    for (const line of system.output.split('\n').filter((text) => text.startsWith('{'))) {
      const { time, service } = JSON.parse(line) as { time: number; service: string };
      seen.get(service as (typeof serviceNames)[number])?.add(Math.round((time - Date.now()) / 3_600_000));
    }
    const all = new Set([...seen.values()].flatMap((hours) => [...hours]));
    expect([...all].some((hours) => hours !== 0)).to.equal(true);
  });

  it('do no harm to orders, lookups, the cache and the leader', async () => {
    const { term, cache: cacheBefore } = await system.cluster();
    const customers = new Customers(system.url, 2, stocks.slice(0, 3));
    await delay(3_000);
    const { cache, term: termThen } = await system.cluster();
    await customers.stop();
    await system.converged();

    expect(customers.failures.slice(0, 10)).to.deep.equal([]);
    expect(termThen, 'nobody had to be elected').to.equal(term);
    expect(cache.hits, 'the cache was used').to.be.above(0);
    expect(cache.bypasses, 'and all the time').to.equal(cacheBefore.bypasses);
    await checkHistory(system.dataDirectory, customers.posted);
    const { posted: posts, lookups } = customers;
    const evidence = await readEvidence(system.dataDirectory, { posts, lookups, queries: [] });
    expect(check(evidence).slice(0, 10)).to.deep.equal([]);
  });
});
