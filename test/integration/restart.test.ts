// Stopping and starting services one after the other, as an upgrade does, while clients go on.
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { stockNames as stocks } from '../measure/long-history.js';
import { Customers } from '../support/customers.js';
import { checkHistory } from '../support/history.js';
import { System, type ServiceName } from '../support/system.js';

describe('a system whose services are restarted under load', function () {
  this.timeout(60_000);
  let system: System;

  beforeEach(async () => {
    // Where other programs keep the processors busy a process takes its time to start, and nothing else is the question.
    system = await System.start({ REQUEST_BUDGET_MS: '14000' });
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      console.log(system.output);
    }
    await system.close();
  });

  /** Stops a service in order, and starts it again. */
  async function restart(name: ServiceName): Promise<void> {
    const child = system.child(name);
    await system.kill(name, 'SIGTERM');
    expect(child?.exitCode, `exit code of ${name}`).to.equal(0);
    system.launch(name);
  }

  async function withCustomers(story: () => Promise<void>): Promise<Customers> {
    const customers = new Customers(system.url, 4, stocks);
    await delay(500);
    await story();
    await delay(500);
    await customers.stop();
    await system.converged();
    const waited = `longest wait ${customers.longestMs.toFixed(0)} ms, ${customers.refused} times refused`;
    console.log(`      ${JSON.stringify(customers.answered)}, ${waited}`);
    await checkHistory(system.dataDirectory, customers.posted);
    return customers;
  }

  const orders: readonly (readonly ServiceName[])[] = [
    ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'],
    ['frontend', 'order-3', 'order-2', 'order-1', 'catalog'],
  ];
  for (const names of orders) {
    it(`fails no request: ${names.join(', ')}`, async () => {
      const customers = await withCustomers(async () => {
        for (const name of names) {
          await restart(name);
          await system.ready();
          await system.inSync();
        }
      });
      expect(customers.failures.slice(0, 10)).to.deep.equal([]);
    });
  }

  it('fails no request when the next one is restarted before the one before is back', async () => {
    const customers = await withCustomers(async () => {
      for (const name of ['order-3', 'order-2', 'order-1', 'catalog'] as const) {
        await restart(name);
      }
      await system.ready();
      await system.inSync();
    });
    expect(customers.failures.slice(0, 10)).to.deep.equal([]);
    expect(customers.refused).to.equal(0);
  });
});
