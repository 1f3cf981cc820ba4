// A disk that is full, or another reason why nothing can be written, below what the processes print: its lines are lost,
// and nothing else.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { channelOpener } from '../../src/shared/grpc-channel.js';
import { stockEntry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { mountSmallDisk, needsFullDevice, withFullDevice } from '../support/full-device.js';
import { serviceNames, System } from '../support/system.js';

const sale = { name: 'AAPL', quantity: 1, type: 'sell' };

async function expectTrade(system: System): Promise<void> {
  const { status, text } = await system.client.send({ method: 'POST', path: '/orders', body: sale });
  expect(status, text).to.equal(200);
}

const exitOf = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

describe('what is printed where nothing can be written', function () {
  this.timeout(60_000);
  needsFullDevice();
  let system: System;

  beforeEach(async () => {
    system = await System.create({ RESTART_DELAY_MS: '100' });
  });

  afterEach(() => system.close());

  it('is lost: npm start trades on, starts again what dies, and stops in order', async () => {
    await withFullDevice(async (full) => {
      const launcher = spawn(process.execPath, [stockEntry, 'start'], {
        env: { PATH: process.env.PATH, ...system.environment },
        stdio: ['ignore', full, full],
      });
      const exit = exitOf(launcher);
      const pid = () => Number(readFileSync(join(system.dataDirectory, 'run', 'order-1.pid'), 'utf8'));
      await system.ready(20_000);
      await expectTrade(system);
      const killed = pid();
      process.kill(killed, 'SIGKILL');
      await eventually(() => expect(pid()).not.to.equal(killed));
      await system.inSync();
      await expectTrade(system);
      launcher.kill('SIGINT');
      expect(await exit).to.equal(0);
    });
  });

  it('is lost: each process trades on, and stops in order', async () => {
    await withFullDevice(async (full) => {
      const children = serviceNames.map((name) => system.launch(name, { LOG_LEVEL: 'debug' }, full));
      await system.ready(20_000);
      await expectTrade(system);
      const exits = children.map(exitOf);
      children.toReversed().forEach((child) => child.kill('SIGTERM'));
      expect(await Promise.all(exits)).to.deep.equal([0, 0, 0, 0, 0]);
    });
  });

  it('is lost: a process that cannot run ends with the status that says so', async () => {
    await withFullDevice(async (full) => {
      expect(await exitOf(system.launch('catalog', { LEASE_MS: 'x' }, full))).to.equal(78);
      mkdirSync(join(system.dataDirectory, 'order-1', 'orders.csv'), { recursive: true });
      expect(await exitOf(system.launch('order-1', {}, full))).to.equal(78);
    });
  });

  it('comes again when there is room, with a word of what was lost', async function () {
    const disk = await mountSmallDisk();
    if (typeof disk === 'string') {
      console.log(`    Skipped: ${disk}`);
      this.skip();
    }
    const filler = join(disk.path, 'filler');
    const log = openSync(join(disk.path, 'log'), 'a');
    expect(() => writeFileSync(filler, Buffer.alloc(100_000))).to.throw('ENOSPC');
    try {
      const catalog = system.launch('catalog', {}, log);
      const channel = channelOpener(undefined)('catalog', `127.0.0.1:${system.environment.CATALOG_PORT}`);
      const health = createClient(HealthDefinition, channel);
      await eventually(() => health.check({ service: '' }), 10_000);
      channel.close();
      rmSync(filler);
      catalog.kill('SIGTERM');
      expect(await exitOf(catalog)).to.equal(0);
      const lines = readFileSync(join(disk.path, 'log'), 'utf8').trim().split('\n');
      expect(JSON.parse(lines[0] ?? '')).to.include({ msg: 'lines of this log were lost', code: 'ENOSPC' });
      expect(lines.slice(1).join()).to.include('SIGTERM: stopping');
    } finally {
      closeSync(log);
      await disk.remove();
    }
  });
});

describe('npm start', function () {
  this.timeout(60_000);

  it('trades without a pid file that it cannot write, and stops everything when its reader is gone', async () => {
    const system = await System.create({ RESTART_DELAY_MS: '100' });
    // Not even the superuser can write a file where a directory is.
    const inTheWay = join(system.dataDirectory, 'run', 'order-1.pid');
    mkdirSync(inTheWay, { recursive: true });
    const launcher = spawn(process.execPath, [stockEntry, 'start'], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [launcher.stdout, launcher.stderr]) {
      stream.on('data', (text: Buffer) => (output += text.toString()));
    }
    const exit = exitOf(launcher);
    try {
      await eventually(() => expect(output).to.include('Ready: '), 20_000);
      await expectTrade(system);
      launcher.stdout.destroy();
      // So that there is something to say.
      process.kill(Number(readFileSync(join(system.dataDirectory, 'run', 'order-2.pid'), 'utf8')));
      expect(await exit).to.equal(1);
      await eventually(() =>
        system.client.send({ path: '/readyz' }).then(
          () => expect.fail('the frontend still answers'),
          () => undefined,
        ),
      );
    } finally {
      launcher.kill('SIGINT');
      await system.close();
    }
    expect(output).to.include(`order-1  | its number cannot be kept in ${inTheWay} (EISDIR)`);
    expect(output).not.to.match(/^\s+at /m);
  });
});
