// What a user does with the containers, in one long session: the stories build on each other.
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
const nothing = { name: 'GameStart', type: 'buy', quantity: 0 } as const;

describe('the system in containers', function () {
  this.timeout(90_000);
  needsDocker();

  let stack: ComposeStack;
  let startupMs: number;

  before('build the image and start the containers', async function () {
    this.timeout(600_000);
    stack = await ComposeStack.create();
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
      'order-1:50051',
      'catalog:50050',
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
