// The header of a file is its format version. The files of the version before this one lie in test/fixtures: this one
// must go on from them, and leave files that the one before could go on from, in case somebody has to go back.
import { expect } from 'chai';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runStock } from '../support/command-line.js';
import { post } from '../support/history.js';
import { serviceNames, System, type ServiceName } from '../support/system.js';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/files-of-0.1.0', import.meta.url));
const files: readonly (readonly [ServiceName, string])[] = [
  ['catalog', 'journal.csv'],
  ['order-1', 'orders.csv'],
  ['order-2', 'orders.csv'],
  ['order-3', 'orders.csv'],
];
/** What the version before takes for a line, word for word. */
const oldLine =
  /^\d+,[A-Za-z0-9][A-Za-z0-9 ._&-]*,(buy|sell|refused-buy|refused-sell),\d+,[A-Za-z0-9][A-Za-z0-9._:-]{0,63},\d+,[0-9a-f]{8}$|^0,,term,[0-3],,\d+,[0-9a-f]{8}$/;

describe('the files of the version before', function () {
  this.timeout(60_000);
  let system: System;

  beforeEach(async () => {
    system = await System.create();
    await cp(fixtures, system.dataDirectory, { recursive: true });
  });

  afterEach(() => system.close());

  const read = ([service, file]: readonly [string, string], directory = system.dataDirectory) =>
    readFile(join(directory, service, file), 'utf8');

  it('are opened, known and continued, in a form that it reads too', async () => {
    system.startAll();
    await system.ready();
    const orders = await system.client.send({ path: '/orders?limit=10' });
    const repeated = await post(system.client, 'old-4', { name: 'NVDA', quantity: 7, type: 'buy' });
    const refused = await post(system.client, 'old-refused', {
      name: 'BoarCo',
      quantity: 1_000,
      type: 'buy',
    });
    const next = await post(system.client, 'new-1', { name: 'META', quantity: 2, type: 'buy' });
    const refusedNow = await post(system.client, 'new-2', { name: 'META', quantity: 9_999, type: 'buy' });
    await system.converged();
    await Promise.all(serviceNames.map((name) => system.kill(name, 'SIGTERM')));

    const { data } = orders.json as { data: { order_num: number }[] };
    expect(data.map(({ order_num: number }) => number)).to.deep.equal([5, 4, 3, 2, 1]);
    expect(repeated).to.include({ code: 200, number: 4 });
    expect(refused).to.include({ code: 404, message: 'not enough stocks left to buy' });
    expect([next.number, refusedNow.code]).to.deep.equal([6, 404]);
    for (const file of files) {
      const [before, after] = [await read(file, fixtures), await read(file)];
      expect(after.startsWith(before), `${file.join('/')} only grew`).to.equal(true);
      expect(after.length).to.be.above(before.length);
      const [, ...lines] = after.trimEnd().split('\n');
      expect(lines.filter((line) => !oldLine.test(line))).to.deep.equal([]);
    }
    const catalog = ['catalog', 'catalog.csv'] as const;
    const columns = (text: string) => text.split('\n').map((line) => line.split(',').length);
    const [before, after] = [await read(catalog, fixtures), await read(catalog)];
    expect(after.split('\n')[0]).to.equal(before.split('\n')[0]);
    expect(columns(after)).to.deep.equal(columns(before));
    const { status, stdout } = await runStock(['verify', '--files-only', '--data-dir', system.dataDirectory]);
    expect(status, stdout).to.equal(0);
  });

  for (const file of [files[0], files[1], ['catalog', 'catalog.csv']] as const) {
    const [service, name] = file as readonly [ServiceName, string];
    it(`that have another header in ${name}, as a later version may write it, stop ${service} unchanged`, async () => {
      const path = join(system.dataDirectory, service, name);
      const text = (await read([service, name])).replace('\n', ',Account\n');
      await writeFile(path, text);
      const there = readdirSync(join(system.dataDirectory, service));
      const child = system.launch(service);
      await once(child, 'exit');
      expect(child.exitCode).to.equal(78);
      expect(system.output).to.match(/is not the header|the header must be/);
      expect(system.output).to.include(name);
      expect(await read([service, name])).to.equal(text);
      expect(readdirSync(join(system.dataDirectory, service))).to.have.members(there);
    });
  }
});
