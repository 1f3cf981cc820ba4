// Settings that are right each on its own and wrong together stop the process that uses both, and no other.
import { expect } from 'chai';
import { outcome, type Outcome } from '../support/process-outcome.js';
import { System, type ServiceName } from '../support/system.js';

describe('a process with settings that are wrong together', function () {
  this.timeout(30_000);
  let system: System;
  beforeEach(async () => {
    system = await System.create();
  });
  afterEach(() => system.close());

  const start = (name: ServiceName, settings: Record<string, string>): Promise<Outcome> =>
    outcome(system.launch(name, settings));

  const cases: [ServiceName, Record<string, string>, string][] = [
    [
      'catalog',
      { CATALOG_PORT: '60000', METRICS_PORT_OFFSET: '10000' },
      'METRICS_PORT_OFFSET=10000 is not valid: with CATALOG_PORT=60000 it makes 70000, and ports end at 65535',
    ],
    [
      'frontend',
      { FRONTEND_PORT: '8181', FRONTEND_INTERNAL_PORT: '8081', METRICS_PORT_OFFSET: '100' },
      'FRONTEND_PORT=8181 is not valid: the metrics beside FRONTEND_INTERNAL_PORT=8081 are there (METRICS_PORT_OFFSET=100)',
    ],
    [
      'order-1',
      { REPLICA_ID: '', CACHE_SIZE: 'x' },
      'CACHE_SIZE=x is not valid: must be a whole number from 0 to 1000000\n' +
        'REPLICA_ID is not set: say which replica this process is (1, 2 or 3)',
    ],
  ];
  for (const [service, settings, sentence] of cases) {
    it(`says so and ends with 78: ${service} with ${Object.keys(settings).join(', ')}`, async () => {
      const { exitCode, stdout, stderr } = await start(service, settings);
      expect([exitCode, stdout, stderr]).to.deep.equal([78, '', `${sentence}\n`]);
    });
  }

  it('is not one that listens on all addresses, those of IPv6 too', async () => {
    const { exitCode, stderr } = await start('catalog', { BIND_HOST: '::' });
    expect([exitCode, stderr]).to.deep.equal([undefined, '']);
  });

  it('is not the one that does not use them', async () => {
    const { exitCode, stderr } = await start('catalog', { ORDER_1_PORT: '60000', ORDER_2_PORT: '60000' });
    expect([exitCode, stderr]).to.deep.equal([undefined, '']);
  });
});
