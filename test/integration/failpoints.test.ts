// Real processes that end at one particular step, with the next thing not done: what was acknowledged stays, once.
import { expect } from 'chai';
import type { FailpointName } from '../../src/shared/failpoint.js';
import { checkHistory } from '../support/history.js';
import { System, type ServiceName } from '../support/system.js';
import { Traders } from '../support/traders.js';

const stocks = ['GameStart', 'BoarCo', 'META'];

/** Who is to die where; the leader is order-3. */
const deaths: readonly (readonly [ServiceName, FailpointName])[] = [
  ['catalog', 'catalog.trade.decided'],
  ['catalog', 'file.append.writing'],
  ['catalog', 'catalog.trade.durable'],
  ['catalog', 'catalog.trade.visible'],
  ['order-3', 'order.order.received'],
  ['order-3', 'order.batch.decided'],
  ['order-3', 'order.batch.durable'],
  ['order-3', 'order.batch.replicated'],
  ['order-3', 'order.batch.answered'],
  ['order-2', 'file.append.durable'],
  ['order-2', 'order.follower.durable'],
];

describe('a process that ends at one step', function () {
  this.timeout(60_000);

  for (const [victim, failpoint] of deaths) {
    it(`${victim} at ${failpoint}`, async () => {
      const system = await System.create();
      try {
        const names: ServiceName[] = ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'];
        const children = names.map((name) =>
          system.launch(name, name === victim ? { FAILPOINTS: `${failpoint}:kill@30` } : {}),
        );
        await system.ready();
        const traders = new Traders(system.url, { clients: 4, stocks, retry: true });
        const child = children[names.indexOf(victim)];
        await new Promise((resolve) => child?.once('exit', resolve));
        expect(child?.signalCode).to.equal('SIGKILL');
        system.launch(victim);
        await system.ready();
        await system.inSync();
        const before = traders.posted.length;
        while (traders.posted.length < before + 20) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const posted = await traders.stop();
        await system.converged();
        expect(posted.filter(({ code }) => code === 200).length).to.be.above(25);
        await checkHistory(system.dataDirectory, posted);
      } finally {
        await system.close();
      }
    });
  }
});
