// What a user does with the containers, in one long session: the stories build on each other.
import { chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  ComposeStack,
  eventually,
  needsDocker,
  replicaIds,
  serviceNames,
  startupLimitMs,
} from '../support/compose.js';
import { ask, place, tradeDuring } from '../support/compose-traders.js';

/** How long the leader may be gone before another one has answered an order, ms. */
const failoverLimitMs = 1_500;
const clients = 16;
const image = 'distributed-stock-server';
const nothing = { name: 'GameStart', type: 'buy', quantity: 0 } as const;

describe('the system in containers', function () {
  this.timeout(90_000);
  needsDocker();

  let stack: ComposeStack;
  let startupMs: number;

  before('build the image and start the containers', async function () {
    this.timeout(600_000);
    // All stories are told with a proxy in the environment, which nobody must use.
    stack = await ComposeStack.create(['test/compose/proxy-variables.yml']);
    await stack.compose('build');
    const startMs = performance.now();
    await stack.up();
    startupMs = performance.now() - startMs;
  });

  afterEach('show the logs of a failure', async function () {
    if (this.currentTest?.isFailed()) {
      console.log(await stack.compose('logs', '--no-color', '--tail', '30'));
    }
  });

  after('remove the containers', async () => {
    await stack?.remove();
  });

  async function expectSameLogs(): Promise<void> {
    const [first, ...others] = await stack.orderLogs();
    expect(first?.length).to.be.greaterThan(0);
    for (const other of others) {
      expect(other.equals(first as Buffer), 'the logs are the same, byte by byte').to.equal(true);
    }
  }

  it('has every container healthy within 30 s', () => {
    expect(startupMs).to.be.lessThan(startupLimitMs);
  });

  it('runs every service as an ordinary user', async () => {
    for (const service of serviceNames) {
      const processes = await stack.run('docker', [
        'top',
        stack.containerName(service),
        '-o',
        'pid,uid,args',
      ]);
      const [, , uid] = /^\s*(\d+)\s+(\d+)\s+node /m.exec(processes) ?? [];
      expect(Number(uid), `${service}:\n${processes}`).to.be.greaterThan(0);
    }
  });

  it('gives the services nothing that they do not need', async () => {
    const inside = (script: string): Promise<string> =>
      stack.run('docker', ['exec', stack.containerName('order-1'), 'bash', '-c', script]);
    expect(await inside('grep -h -E "^(CapBnd|CapEff|NoNewPrivs)" /proc/1/status')).to.match(
      /CapEff:\s+0+\nCapBnd:\s+0+\nNoNewPrivs:\s+1\n/,
    );
    expect(await inside('touch dist/src/x 2>&1 || true')).to.match(/Read-only file system/);
    expect(await inside('timeout 2 bash -c "</dev/tcp/192.0.2.1/80" 2>&1 && echo out || echo none')).to.match(
      /none\n$/,
    );
    expect(await inside('command -v npm apt dpkg perl || echo none')).to.equal('none\n');
  });

  it('has a list of all packages in its image', async () => {
    const sbom = JSON.parse(await stack.run('docker', ['run', '--rm', image, 'cat', 'sbom.json']));
    const listed = sbom.components.map(({ purl }: { purl: string }) => purl);
    const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
      packages: Record<string, { version: string; dev?: boolean; optional?: boolean; devOptional?: boolean }>;
    };
    const expected = Object.entries(packages)
      .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
      .map(([path, { version }]) => `pkg:npm/${path.split('node_modules/').at(-1)}@${version}`);
    expect(listed).to.have.members([...new Set(expected)].map((purl) => purl.replace('/@', '/%40')));
  });

  it('is unhealthy when a process hangs', async () => {
    const inside = (...command: string[]): Promise<string> =>
      stack.run('docker', ['exec', stack.containerName('order-1'), ...command]);
    const signal = (name: string): Promise<string> =>
      inside(
        'bash',
        '-c',
        `for p in /proc/[0-9]*; do ! grep -q ^node $p/cmdline || kill -${name} \${p#/proc/}; done`,
      );
    const check = (): Promise<string> =>
      inside('scripts/container_health.sh', '15151', '/healthz').then(
        () => 'healthy',
        () => 'unhealthy',
      );
    await signal('STOP');
    const hanging = await check();
    await signal('CONT');
    expect(hanging).to.equal('unhealthy');
    expect(await check()).to.equal('healthy');
  });

  it('trades as the README says', async () => {
    const stock = await ask('GET', `${stack.url}/stocks/GameStart`);
    expect(stock).to.deep.equal({
      status: 200,
      body: { data: { name: 'GameStart', price: 15.99, quantity: 100 } },
    });
    const trade = { name: 'GameStart', type: 'sell', quantity: 3 } as const;
    expect(await place(stack.url, trade)).to.equal(1);
    expect(await ask('GET', `${stack.url}/orders/1`)).to.deep.equal({
      status: 200,
      body: { data: { order_num: 1, ...trade } },
    });
  });

  it('answers `docker compose run --rm cli status --json`, and verifies its files', async () => {
    const status = JSON.parse(await stack.compose('run', '--rm', '-T', 'cli', 'status', '--json'));
    expect(status).to.include({ ready: true, url: 'http://frontend:8080' });
    expect(status.processes.map(({ address }: { address: string }) => address)).to.include.members([
      'order-1:15051',
      'catalog:15050',
    ]);
    const report = JSON.parse(await stack.compose('run', '--rm', '-T', 'cli', 'verify', '--json'));
    expect(report).to.deep.include({ verdict: 'good', url: 'http://frontend:8080' });
  });

  it('lets nobody outside empty the cache', async () => {
    expect((await ask('DELETE', `${stack.url}/delete/GameStart`)).status).to.equal(403);
  });

  it('fails no request while `docker kill` ends the leader three times under load', async () => {
    const silences: number[] = [];
    const record = await tradeDuring(stack.url, clients, async (trades) => {
      for (let round = 1; round <= 3; round += 1) {
        await trades.flow(200);
        trades.takeLongestSilence();
        const leader = await stack.leader();
        await stack.docker('kill', `order-${leader}`);
        await stack.leader(leader);
        await trades.flow(200);
        silences.push(Math.round(trades.takeLongestSilence()));
        await stack.docker('start', `order-${leader}`);
        await stack.inSync();
      }
    });
    console.log(
      `      ${record.orders.size} orders, longest silence around each kill: ${silences.join(', ')} ms`,
    );
    expect(record.failures).to.deep.equal([]);
    expect(Math.max(...silences)).to.be.lessThan(failoverLimitMs);

    await stack.level(record.orders.size);
    await expectSameLogs();
    for (const [number, trade] of record.orders) {
      const { body } = await ask('GET', `${stack.url}/orders/${number}`);
      expect(body).to.deep.equal({ data: { order_num: number, ...trade } });
    }
  });

  it('fails no request while `docker compose restart` restarts the services under load, one after the other', async () => {
    const silences: string[] = [];
    const record = await tradeDuring(stack.url, clients, async (trades) => {
      for (const service of ['catalog', 'order-1', 'order-2', 'order-3'] as const) {
        await trades.flow(100);
        trades.takeLongestSilence();
        await stack.compose('restart', service);
        await stack.inSync();
        await trades.flow(100);
        silences.push(`${service} ${Math.round(trades.takeLongestSilence())} ms`);
      }
    });
    // Nobody is answered while the only frontend restarts; what others hold is not harmed.
    await stack.compose('restart', 'frontend');
    const last = await stack.level(record.orders.size);
    console.log(`      longest silence around each restart: ${silences.join(', ')}`);
    expect(record.failures).to.deep.equal([]);
    await expectSameLogs();
    expect((await ask('GET', `${stack.url}/orders/${last}`)).status).to.equal(200);
  });

  it('trades on with two of three replicas dead, and brings them level afterwards', async () => {
    await stack.docker('kill', 'order-3');
    await stack.docker('kill', 'order-2');
    const last = await place(stack.url, { name: 'BoarCo', type: 'sell', quantity: 1 });
    await stack.docker('start', 'order-2');
    await stack.docker('start', 'order-3');
    await stack.level(last);
    await expectSameLogs();
  });

  it('answers order queries and refuses trades for now while the catalog is dead', async () => {
    const trade = { name: 'BoarCo', type: 'sell', quantity: 1 } as const;
    const key = 'placed-while-the-catalog-is-dead';
    const number = await place(stack.url, trade);
    await stack.docker('kill', 'catalog');
    expect(await ask('GET', `${stack.url}/orders/${number}`)).to.deep.include({ status: 200 });
    expect(await ask('POST', `${stack.url}/orders`, { trade, key })).to.deep.include({ status: 503 });

    await stack.docker('start', 'catalog');
    const accepted = await eventually('the same order is accepted', 20_000, async () => {
      const answer = await ask('POST', `${stack.url}/orders`, { trade, key });
      return answer.status === 200 ? answer : undefined;
    });
    expect(accepted.body).to.deep.equal({ data: { transaction_number: number + 1 } });
  });

  it('replaces a leader that `docker pause` froze, and is not harmed when it wakes up', async () => {
    const leader = await stack.leader();
    await stack.docker('pause', `order-${leader}`);
    const pausedMs = performance.now();
    await place(stack.url, nothing);
    expect(performance.now() - pausedMs).to.be.lessThan(failoverLimitMs);
    const successor = await stack.leader(leader);

    const record = await tradeDuring(stack.url, clients, async (trades) => {
      await stack.docker('unpause', `order-${leader}`);
      await trades.flow(200);
    });
    expect(record.failures).to.deep.equal([]);
    await stack.level(Math.max(...record.orders.keys()));
    expect(await stack.leader()).to.equal(successor);
    await expectSameLogs();
  });

  it('is told by scripts/simulate_crashes.sh what a crash of the leader looks like', async () => {
    const leader = await stack.leader();
    const story = await stack.run('scripts/simulate_crashes.sh', [String(leader)]);
    const [other, ...rest] = replicaIds.filter((id) => id !== leader).toReversed();
    expect(rest).to.have.length(1);
    expect(story).to.match(
      new RegExp(
        `^Leader before the crash: replica ${leader} \\(term \\d+\\)
Killed order-${leader} with SIGKILL\\.
First successful order after the crash: number \\d+, \\d+ ms after the kill\\.
Leader after the crash: replica ${other} \\(term \\d+\\)
order-${leader} is back and has all \\d+ orders\\. Leader now: replica ${other} \\(term \\d+\\)
$`,
      ),
    );
    await expectSameLogs();
  });

  it('is backed up, begun anew, rebuilt and restored by the scripts on a host that has only Docker', async function () {
    this.timeout(180_000);
    const directory = await mkdtemp(join(tmpdir(), 'stock-backup-'));
    // A Node that cannot run us.
    await writeFile(join(directory, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const onDockerOnly = (script: string, ...args: string[]): Promise<string> =>
      stack.run('env', [`PATH=${directory}:${process.env['PATH']}`, `scripts/${script}`, ...args]);
    const last = await place(stack.url, { name: 'MenhirCo', type: 'sell', quantity: 4 });
    await stack.level(last);
    expect(await onDockerOnly('backup.sh', stack.volumes, join(directory, 'backup'))).to.match(
      new RegExp(`Backed up all trades up to ${last}, verified`),
    );
    await stack.compose('down');
    expect(await onDockerOnly('begin_anew.sh', stack.volumes, join(directory, 'anew'))).to.match(
      new RegExp(`is whole, and has ${last} trades`),
    );
    await rm(join(stack.volumes, 'catalog', 'journal.csv'));
    expect(await onDockerOnly('rebuild_catalog.sh', stack.volumes)).to.match(
      new RegExp(`: ${last} trades, [^]*Done\\.`),
    );
    await rename(stack.volumes, join(directory, 'old'));
    await onDockerOnly('restore.sh', join(directory, 'backup'), stack.volumes);
    // Whoever made the clone keeps its directories; root may pose as somebody.
    const owner = process.getuid?.() === 0 ? 4_711 : (process.getuid?.() ?? 0);
    await chown(join(stack.volumes, 'order-1'), owner, -1);
    await stack.up();
    await stack.level(last);
    const again = await place(stack.url, { name: 'MenhirCo', type: 'buy', quantity: 4 });
    expect(again).to.equal(last + 1);
    await stack.level(again);
    await expectSameLogs();
    const { uid, gid } = await stat(join(stack.volumes, 'order-1'));
    expect([uid, gid]).to.deep.equal([owner, 1_000]);
    await rm(directory, { recursive: true, force: true });
  });

  it('stops cleanly within its grace, and has everything again after a start', async () => {
    const last = await place(stack.url, { name: 'BoarCo', type: 'sell', quantity: 2 });
    const startMs = performance.now();
    await stack.compose('stop');
    expect(performance.now() - startMs).to.be.lessThan(8_000);
    for (const service of serviceNames) {
      const code = await stack.run('docker', [
        'inspect',
        '-f',
        '{{.State.ExitCode}}',
        stack.containerName(service),
      ]);
      expect(code.trim(), `exit code of ${service}`).to.equal('0');
    }

    await stack.compose('start');
    await stack.level(last);
    expect((await ask('GET', `${stack.url}/orders/${last}`)).body).to.deep.equal({
      data: { order_num: last, name: 'BoarCo', type: 'sell', quantity: 2 },
    });
    await expectSameLogs();
  });
});
