import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { checkHistory, post, readOrders } from '../support/history.js';
import { HttpClient } from '../support/http.js';
import { stockNames as stocks, writeLongHistory } from '../measure/long-history.js';
import { Link } from '../support/link.js';
import { freePorts, serviceNames, System, type ServiceName } from '../support/system.js';
import { Traders } from '../support/traders.js';

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

describe('a system whose processes die', function () {
  this.timeout(60_000);
  let system: System;

  beforeEach(async () => {
    system = await System.start();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      console.log(system.output);
    }
    await system.close();
  });

  it('answers every order while the leader is killed three times', async function () {
    const traders = new Traders(system.url, { clients: 16, stocks });
    const silences: number[] = [];
    for (let kill = 0; kill < 3; kill += 1) {
      await delay(700);
      const leader = await system.leaderName();
      const killedMs = performance.now();
      await system.kill(leader);
      await eventually(async () =>
        expect((await system.cluster()).leader_id).not.to.be.oneOf([0, Number(leader.at(-1))]),
      );
      await delay(700);
      silences.push(traders.longestSilenceMs(killedMs - 50, performance.now()));
      await system.knownDown(Number(leader.at(-1)));
      system.launch(leader);
      await system.inSync();
    }
    const posted = await traders.stop();
    await system.converged();

    console.log(`      longest silences: ${silences.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    expect(posted.length).to.be.above(500);
    await checkHistory(system.dataDirectory, posted);
    expect(median(silences)).to.be.below(300);
  });

  it('replaces a paused leader within 1.5 s, and takes it back as a follower', async () => {
    const traders = new Traders(system.url, { clients: 8, stocks });
    await delay(300);
    const leader = await system.leaderName();
    const pausedMs = performance.now();
    system.pause(leader);
    await eventually(async () => expect((await system.cluster()).leader_id).not.to.be.oneOf([0, 3]), 5_000);
    const replacedMs = performance.now() - pausedMs;
    await delay(500);
    const silenceMs = traders.longestSilenceMs(pausedMs - 50, performance.now());
    system.resume(leader);
    await system.inSync();
    const posted = await traders.stop();
    await system.converged();

    console.log(
      `      replaced after ${replacedMs.toFixed(0)} ms, longest silence ${silenceMs.toFixed(0)} ms`,
    );
    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    expect(replacedMs).to.be.below(1_500);
    expect((await system.cluster()).leader_id).to.equal(2);
    await checkHistory(system.dataDirectory, posted);
  });

  it('trades on with two of three order replicas dead, one after the other', async () => {
    const traders = new Traders(system.url, { clients: 4, stocks });
    await delay(300);
    await system.kill('order-3');
    await delay(300);
    await system.kill('order-2');
    await delay(700);
    const alone = await post(system.client, randomUUID(), { name: 'AAPL', quantity: 1, type: 'sell' });
    system.launch('order-2');
    system.launch('order-3');
    const posted = await traders.stop();
    await system.converged();

    expect(alone.code).to.equal(200);
    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    await checkHistory(system.dataDirectory, [...posted, alone]);
  });

  it('elects the stale highest id when all others die, and it lacks nothing', async () => {
    await system.kill('order-3');
    await eventually(async () => expect((await system.cluster()).leader_id).to.equal(2));
    const posted = [];
    for (let turn = 0; turn < 20; turn += 1) {
      posted.push(await post(system.client, randomUUID(), { name: 'META', quantity: 1, type: 'sell' }));
    }
    await system.kill('order-1');
    await system.kill('order-2');
    system.launch('order-3');
    await system.ready();
    posted.push(await post(system.client, randomUUID(), { name: 'META', quantity: 1, type: 'buy' }));
    const last = await system.client.send({ path: '/orders/7' });
    system.launch('order-1');
    system.launch('order-2');
    await system.converged();

    expect(posted.map(({ number }) => number)).to.deep.equal(
      Array.from({ length: 21 }, (_, index) => index + 1),
    );
    expect(last.status).to.equal(200);
    await checkHistory(system.dataDirectory, posted);
  });

  it('answers queries and refuses trades for now while the catalog is dead; retried keys give one order each', async () => {
    const first = await post(system.client, randomUUID(), { name: 'NVDA', quantity: 2, type: 'buy' });
    await system.kill('catalog');
    const keys = Array.from({ length: 8 }, () => randomUUID());
    const body = { name: 'NVDA', quantity: 1, type: 'buy' };
    const during = await Promise.all(
      keys.map((key) =>
        system.client.send({ method: 'POST', path: '/orders', headers: { 'Idempotency-Key': key }, body }),
      ),
    );
    const query = await system.client.send({ path: `/orders/${first.number}` });
    const unknown = await system.client.send({ path: '/orders/999' });
    system.launch('catalog');
    await system.ready();
    const after = await Promise.all(keys.map((key) => post(system.client, key, body)));
    const again = await Promise.all(keys.map((key) => post(system.client, key, body)));
    await system.converged();

    for (const answer of during) {
      expect(answer.status).to.equal(503);
      expect(answer.headers).to.have.property('retry-after');
      expect(answer.headers['idempotency-key']).to.be.oneOf(keys);
    }
    expect(query.status).to.equal(200);
    expect(unknown.status).to.equal(503);
    expect(after.map(({ code }) => code)).to.deep.equal(keys.map(() => 200));
    expect(again.map(({ number }) => number)).to.deep.equal(after.map(({ number }) => number));
    const trades = await checkHistory(system.dataDirectory, [first, ...after, ...again]);
    expect(trades).to.have.length(9);
  });

  for (const victim of ['catalog', 'frontend', 'order-1'] as const) {
    it(`loses nothing when ${victim} is killed under load and started again`, async () => {
      const traders =
        victim === 'frontend' ? undefined : new Traders(system.url, { clients: 8, stocks, retry: true });
      const before = await post(system.client, randomUUID(), { name: 'AMZN', quantity: 1, type: 'sell' });
      await delay(300);
      await system.kill(victim);
      await delay(200);
      system.launch(victim);
      await system.ready();
      await delay(500);
      const client = new HttpClient(system.url);
      const key = randomUUID();
      const after = await eventually(async () => {
        const answer = await post(client, key, { name: 'AMZN', quantity: 1, type: 'buy' });
        expect(answer.code).not.to.equal(503);
        return answer;
      });
      client.close();
      const posted = (await traders?.stop()) ?? [];
      await system.converged();

      expect(after.code).to.equal(200);
      await checkHistory(system.dataDirectory, [before, ...posted, after]);
    });
  }

  it('keeps every acknowledged order when all five are killed at once', async () => {
    const traders = new Traders(system.url, { clients: 16, stocks });
    await delay(1_000);
    await system.killAll();
    const posted = traders.posted.slice();
    await traders.stop().catch(() => undefined);
    system.startAll();
    await system.ready();
    await system.converged();

    expect(posted.length).to.be.above(100);
    await checkHistory(system.dataDirectory, posted);
  });

  it('brings back a replica whose volume was deleted', async () => {
    const posted = [];
    for (let turn = 0; turn < 30; turn += 1) {
      posted.push(await post(system.client, randomUUID(), { name: 'NFLX', quantity: 1, type: 'sell' }));
    }
    await system.kill('order-1');
    await system.knownDown(1);
    await rm(`${system.dataDirectory}/order-1`, { recursive: true });
    system.launch('order-1');
    await system.converged();

    expect(readOrders(system.dataDirectory, 1)).to.have.length(30);
    await checkHistory(system.dataDirectory, posted);
  });

  it('starts with 100,000 orders, and gives them back to a replica that lost its volume while trades go on', async () => {
    const orders = 100_000;
    await system.killAll();
    await writeLongHistory(system.dataDirectory, orders);
    system.startAll();
    await system.ready();
    const traders = new Traders(system.url, { clients: 8, stocks: ['AAPL', 'META'] });
    await delay(500);
    const leader = await system.leaderName();
    const victim = leader === 'order-1' ? 'order-2' : 'order-1';
    await system.kill(victim);
    await system.knownDown(Number(victim.at(-1)));
    await rm(join(system.dataDirectory, victim, 'orders.csv'));
    const startMs = performance.now();
    system.launch(victim);
    await eventually(async () => {
      const own = (await system.cluster()).replicas.find(({ id }) => victim === `order-${id}`);
      expect(own?.last_transaction_num).to.be.above(orders);
    }, 30_000);
    await system.inSync();
    console.log(`      level after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
    const posted = await traders.stop();
    await system.converged();

    expect(await system.leaderName(), 'nobody had to be elected').to.equal(leader);
    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    await checkHistory(system.dataDirectory, posted);
  });

  it('serves 10 stocks to 32 clients without selling a share twice', async () => {
    const traders = new Traders(system.url, { clients: 32, stocks });
    await delay(2_000);
    const posted = await traders.stop();
    await system.converged();

    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    await checkHistory(system.dataDirectory, posted);
  });

  it('stops in order on SIGTERM, and finds everything again', async () => {
    const posted = await post(system.client, randomUUID(), { name: 'GOOGL', quantity: 5, type: 'buy' });
    const names: ServiceName[] = ['frontend', 'order-3', 'order-2', 'order-1', 'catalog'];
    for (const name of names) {
      await system.kill(name, 'SIGTERM');
    }
    system.startAll();
    await system.ready();
    const next = await post(new HttpClient(system.url), randomUUID(), {
      name: 'GOOGL',
      quantity: 5,
      type: 'sell',
    });
    await system.converged();

    expect(next.number).to.equal(posted.number + 1);
    await checkHistory(system.dataDirectory, [posted, next]);
  });
});

describe('a leader whose answers are always later than a heartbeat may be', function () {
  this.timeout(60_000);
  let system: System;
  let links: Link[];

  before(async () => {
    system = await System.create({ HEARTBEAT_TIMEOUT_MS: '200', HEARTBEAT_MISSES: '4' });
    const ports = await freePorts(3);
    const host = '127.0.0.1';
    const ways = ports.map((port, index) => {
      const targetPort = Number(system.environment[`ORDER_${index + 1}_PORT`]);
      return { host, port, targetHost: host, targetPort };
    });
    links = await Promise.all(ways.map((way) => Link.open(way, () => 0)));
    const addresses = ways.map(({ port }, index) => [`ORDER_${index + 1}_ADDRESS`, `${host}:${port}`]);
    for (const name of serviceNames) {
      system.launch(name, name === 'frontend' ? Object.fromEntries(addresses) : {});
    }
    await system.ready();
  });

  after(async () => {
    links.forEach((link) => link.close());
    await system.close();
  });

  it('keeps its office, as long as they come before so many could have been missed', async () => {
    const { leader_id: leaderId, term } = await system.cluster();
    const link = links[leaderId - 1] as Link;
    // There and back it is 300 ms: more than one heartbeat has, and less than all four.
    link.weather = { delayMs: 150 };
    await delay(3_000);
    const body = { name: 'AAPL', quantity: 1, type: 'sell' };
    expect((await system.client.send({ method: 'POST', path: '/orders', body })).status).to.equal(200);
    expect(await system.cluster()).to.include({ leader_id: leaderId, term });
    expect(system.output).not.to.include('is down');
  });

  it('is replaced when they do not come at all', async () => {
    const { leader_id: leaderId } = await system.cluster();
    const link = links[leaderId - 1] as Link;
    link.weather = { cut: 'back' };
    await eventually(
      async () => expect((await system.cluster()).leader_id).not.to.be.oneOf([0, leaderId]),
      2_000,
    );
  });
});
