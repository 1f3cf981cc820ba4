// The system with its ledger in a real PostgreSQL server.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { eventually } from '../support/eventually.js';
import { checkHistory, post, readJournal, type Posted } from '../support/history.js';
import { needsPostgres, PostgresServer } from '../support/postgres-server.js';
import { postgresSystem, TwoCatalogs } from '../support/postgres-system.js';
import type { System } from '../support/system.js';
import { Traders } from '../support/traders.js';

const stocks = ['GameStart', 'BoarCo', 'AAPL', 'META'];
const undecided = (posted: readonly Posted[]): Posted[] =>
  posted.filter(({ code }) => code !== 200 && code !== 404);

describe('a system with its ledger in PostgreSQL', function () {
  this.timeout(120_000);
  needsPostgres();
  let server: PostgresServer;
  let system: System | undefined;

  async function start(settings: Record<string, string> = {}): Promise<System> {
    const created = await postgresSystem(server.url, settings);
    system = created;
    created.startAll();
    await created.ready();
    return created;
  }

  async function startTwo(url = server.url): Promise<TwoCatalogs> {
    const two = await TwoCatalogs.start(url);
    system = two.system;
    return two;
  }

  beforeEach(async () => {
    server = await PostgresServer.start();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      console.log(system?.output);
    }
    await system?.close();
    system = undefined;
    await server.close();
  });

  it('executes, refuses and repeats orders, and finds all of it again after everything was killed', async () => {
    const { client, dataDirectory, ...running } = await start();
    void running;
    const bought = { name: 'GameStart', quantity: 3, type: 'buy' };
    const tooMany = { name: 'GameStart', quantity: 2_000_000_000, type: 'buy' };
    const keys = [randomUUID(), randomUUID()] as const;
    const before = [await post(client, keys[0], bought), await post(client, keys[1], tooMany)];
    await (system as System).killAll();
    (system as System).startAll();
    await (system as System).ready();
    const after = [await post(client, keys[0], bought), await post(client, keys[1], tooMany)];
    const outcome = ({ code, number, message }: Posted) => ({ code, number, message });
    expect(before.map(outcome)).to.deep.equal([
      { code: 200, number: 1, message: '' },
      { code: 404, number: 0, message: 'not enough stocks left to buy' },
    ]);
    expect(after.map(outcome)).to.deep.equal(before.map(outcome));
    const rows = await server.query('SELECT number, name, type, quantity, order_id FROM trades');
    expect(rows).to.deep.equal([
      { number: 1, name: 'GameStart', type: 'buy', quantity: 3, order_id: keys[0] },
    ]);
    expect(await server.query('SELECT order_id FROM refusals')).to.deep.equal([{ order_id: keys[1] }]);
    await (system as System).converged();
    await checkHistory(dataDirectory, [...before, ...after]);
  });

  it('loses and doubles nothing while its connection is cut, and the database killed and started again', async () => {
    const running = await start();
    const traders = new Traders(running.url, { clients: 8, stocks, retry: true });
    for (let turn = 0; turn < 5; turn += 1) {
      await delay(300);
      await server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stock-catalog'",
      );
    }
    await delay(300);
    await server.end('SIGQUIT');
    await delay(700);
    await server.launch();
    await delay(1_000);
    server.signalAll('SIGSTOP');
    await delay(1_500);
    server.signalAll('SIGCONT');
    await delay(500);
    const posted = await traders.stop();
    await running.converged();
    const trades = await checkHistory(running.dataDirectory, posted);
    expect(trades.length).to.be.above(100);
    expect(await server.query('SELECT count(*)::integer AS trades FROM trades')).to.deep.equal([
      { trades: trades.length },
    ]);
  });

  it('lets a second catalog take over when the active one is killed, again and again', async function () {
    const two = await startTwo();
    const { system: running } = two;
    const traders = new Traders(running.url, { clients: 16, stocks, retry: true });
    const silences: number[] = [];
    for (let kill = 0; kill < 2; kill += 1) {
      await delay(700);
      const [active, launch] =
        kill % 2 === 0
          ? (['catalog', () => running.launch('catalog')] as const)
          : (['catalog-2', () => two.launchSecond()] as const);
      const killedMs = performance.now();
      await running.kill(active);
      await delay(2_000);
      silences.push(traders.longestSilenceMs(killedMs - 50, performance.now()));
      launch();
      await delay(1_000);
    }
    const posted = await traders.stop();
    await running.converged();
    console.log(`      longest silences: ${silences.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
    expect(undecided(posted)).to.deep.equal([]);
    expect(Math.max(...silences)).to.be.below(2_000);
    await checkHistory(running.dataDirectory, posted);
  });

  it('keeps a catalog from answering that was asleep while another one took over', async () => {
    const two = await startTwo();
    const { system: running } = two;
    const traders = new Traders(running.url, { clients: 8, stocks, retry: true });
    await delay(300);
    const asleep = running.child('catalog');
    running.pause('catalog');
    await delay(2_500);
    running.resume('catalog');
    await eventually(() => expect(asleep?.exitCode).to.equal(1), 5_000);
    await delay(300);
    const posted = await traders.stop();
    expect(undecided(posted)).to.deep.equal([]);
    expect(running.output).to.include('another catalog has become the active one');
    await running.converged();
    await checkHistory(running.dataDirectory, posted, two.secondDirectory);
  });

  it('loses and doubles nothing when the primary dies and its synchronous standby is promoted', async () => {
    const standby = await server.synchronousStandby();
    try {
      const ports = [server, standby].map(({ port }) => `127.0.0.1:${port}`).join(',');
      const running = await postgresSystem(`postgres://stock@${ports}/stocks`);
      system = running;
      running.startAll();
      await running.ready();
      const traders = new Traders(running.url, { clients: 8, stocks, retry: true });
      await delay(1_000);
      await server.end('SIGQUIT');
      await standby.promote();
      const promotedMs = performance.now();
      await eventually(() =>
        expect(traders.posted.some(({ code, sentMs }) => code === 200 && sentMs > promotedMs)).to.equal(true),
      );
      const posted = await traders.stop();
      await running.converged();
      const trades = await checkHistory(running.dataDirectory, posted);
      // The old primary comes back: nobody may listen to it any more.
      await server.launch();
      await running.kill('catalog');
      running.launch('catalog');
      await running.ready();
      const next = await post(running.client, randomUUID(), { name: 'META', quantity: 1, type: 'sell' });
      expect(next.number).to.equal(trades.length + 1);
    } finally {
      await standby.close();
    }
  });

  it('writes the same journal.csv as a catalog without a database', async () => {
    const running = await start();
    for (const quantity of [1, 2_000_000_000, 2]) {
      await post(running.client, randomUUID(), { name: 'BoarCo', quantity, type: 'buy' });
    }
    await running.kill('catalog', 'SIGTERM');
    expect(readJournal(running.dataDirectory).map(({ quantity }) => quantity)).to.deep.equal([1, 2]);
  });
});
