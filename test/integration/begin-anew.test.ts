import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStock, type CommandResult } from '../support/command-line.js';
import { post } from '../support/history.js';
import { contents } from '../support/process-outcome.js';
import { serviceNames, System } from '../support/system.js';

describe('stock begin-anew', function () {
  this.timeout(60_000);
  let system: System;
  let parent: string;
  let target: string;

  const begin = (): Promise<CommandResult> =>
    runStock(['begin-anew', '--to', target, '--data-dir', system.dataDirectory]);
  const verify = (directory: string): Promise<CommandResult> =>
    runStock(['verify', '--files-only', '--data-dir', directory]);
  const stop = () => Promise.all(serviceNames.map((name) => system.kill(name, 'SIGTERM')));
  const quantity = async (name: string): Promise<number> => {
    const { json } = await system.client.send({ path: `/stocks/${name}` });
    return (json as { data: { quantity: number } }).data.quantity;
  };

  /** A system that has traded. */
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'stock-anew-'));
    target = join(parent, 'next');
    // After a crash catalog.csv lacks the last trades.
    system = await System.start({ SNAPSHOT_INTERVAL_MS: '60000' });
    for (const [key, name, amount] of [
      ['a', 'AAPL', 5],
      ['b', 'META', 7],
    ] as const) {
      await post(system.client, key, { name, quantity: amount, type: 'buy' });
    }
    await system.converged();
  });

  afterEach(async () => {
    await system.close();
    await rm(parent, { recursive: true, force: true });
  });

  it('goes on with the stocks as they are, from number 1, and leaves the old files as they were', async () => {
    const term = (await system.cluster()).term;
    await system.killAll();
    const before = await contents(system.dataDirectory);
    const begun = await begin();
    expect(begun.status, begun.stderr).to.equal(0);
    expect(begun.stdout).to.include('has 2 trades').and.to.include('its 10 stocks');
    expect(await contents(system.dataDirectory)).to.deep.equal(before);
    expect((await verify(system.dataDirectory)).status).to.equal(0);

    serviceNames.forEach((name) => system.launch(name, { DATA_DIR: target }));
    await system.ready();
    expect([await quantity('AAPL'), await quantity('META')]).to.deep.equal([95, 93]);
    expect((await system.cluster()).term).to.be.above(term);
    const traded = await post(system.client, 'a', { name: 'AAPL', quantity: 1, type: 'buy' });
    expect(traded).to.include({ code: 200, number: 1 });
    await system.converged();
    await stop();
    const verified = await verify(target);
    expect(verified.status, verified.stdout).to.equal(0);
    expect(verified.stdout).to.include('1 trades without a gap');
  });

  it('takes quantities that were changed by hand along, and says so', async () => {
    await stop();
    const stocks = join(system.dataDirectory, 'catalog', 'catalog.csv');
    const changed = (await readFile(stocks, 'utf8')).replace(/^(AAPL,[^,]+),\d+,/m, '$1,500,');
    await writeFile(stocks, changed);
    const { status, stdout, stderr } = await begin();
    expect(status, stderr).to.equal(0);
    expect(stdout).to.match(/^Note: AAPL: .* catalog.csv has 500/m);
    expect(await readFile(join(target, 'catalog', 'initial_catalog.csv'), 'utf8')).to.match(
      /^AAPL,[^,]+,500,/m,
    );
  });

  it('refuses while a process runs, where something is already, and where the files are not all right', async () => {
    const refused = async (reason: string): Promise<void> => {
      const { status, stderr } = await begin();
      expect(stderr).to.include(reason).and.to.include('Nothing was changed.');
      expect(status).to.equal(1);
      expect(existsSync(target)).to.equal(false);
    };
    await refused('in use by another process');
    await stop();
    await appendFile(join(system.dataDirectory, 'order-2', 'orders.csv'), 'scribble\n');
    await refused('order-2/orders.csv:4: ');
    await rm(join(system.dataDirectory, 'order-2', 'orders.csv'));
    await refused('order-2');
    target = parent;
    const { status, stderr } = await begin();
    expect(stderr).to.include('is there already');
    expect(status).to.equal(1);
  });
});
