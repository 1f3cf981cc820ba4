// The load as a user starts it, against an exchange in memory.
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { FakeExchange } from '../../support/fake-exchange.js';

const entry = fileURLToPath(new URL('../../../src/cli/stock.js', import.meta.url));

async function runClient(...args: string[]) {
  const child = spawn(process.execPath, [entry, 'load', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { stdout, stderr, status };
}

describe('stock load', () => {
  let exchange: FakeExchange;
  beforeEach(async () => {
    exchange = await FakeExchange.start({ GameStart: 100, AAPL: 50, MenhirCo: 0 });
  });
  afterEach(() => exchange.close());

  const run = (...args: string[]) =>
    runClient('--host', exchange.url, '--sessions', '3', '--requests', '40', '--seed', '5', ...args);
  async function runJson(...args: string[]) {
    const { stdout, status } = await run('--json', ...args);
    return { status, summary: JSON.parse(stdout) };
  }

  it('trades over one connection for each session, checks its orders and says that all is well', async () => {
    const { stdout, stderr, status } = await run();
    expect(stdout).to.match(/\nlook up +120 +0 +0 +0 /);
    expect(stdout).to.match(/\norders: (\d+) placed, \1 confirmed, 0 mismatches\n/);
    expect(stdout).to.match(/\nOK: .*\n$/);
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
    expect(exchange.connections).to.equal(3 + 1); // one more to ask for the names of the stocks
    expect(exchange.orders.length).to.be.within(20, 80);
    expect(new Set(exchange.keys).size).to.equal(exchange.keys.length);
  });

  it('writes JSON for machines, and nothing else', async () => {
    const { status, summary } = await runJson();
    expect(status).to.equal(0);
    expect(summary).to.deep.include({
      host: exchange.url,
      sessions: 3,
      requestsPerSession: 40,
      tradeProbability: 0.6,
      seed: 5,
      stocks: ['GameStart', 'AAPL', 'MenhirCo'],
      connections: 3,
      errors: 0,
      ordersPlaced: exchange.orders.length,
      ordersConfirmed: exchange.orders.length,
      mismatches: [],
    });
    const { lookup, trade, orderQuery } = summary.byKind;
    expect(lookup.requests).to.equal(120);
    expect(lookup.cache.hits + lookup.cache.misses).to.equal(120);
    expect(orderQuery.requests).to.equal(exchange.orders.length);
    expect(trade.latency.p50Ms).to.be.greaterThan(0);
  });

  it('trades only the stocks that it is told to', async () => {
    const { summary } = await runJson('--stocks', 'AAPL, GameStart', '--p', '0');
    expect(summary.stocks).to.deep.equal(['AAPL', 'GameStart']);
    expect(new Set(exchange.requests)).to.deep.equal(
      new Set(['GET /stocks', 'GET /stocks/AAPL', 'GET /stocks/GameStart']),
    );
  });

  it('lets each session make choices of its own, the same ones with the same seed', async () => {
    const runTwice = [await run('--p', '0'), await run('--p', '0')];
    expect(runTwice.map(({ status }) => status)).to.deep.equal([0, 0]);
    const choices = [...exchange.requestsByConnection.values()].map((requests) => requests.join());
    expect(choices).to.have.lengthOf(2 * (1 + 3));
    expect(new Set(choices).size).to.equal(1 + 3);
  });

  it('places new orders when it is run again with the same seed', async () => {
    const runTwice = [await run('--sessions', '1'), await run('--sessions', '1')];
    expect(runTwice.map(({ status }) => status)).to.deep.equal([0, 0]);
    expect(new Set(exchange.keys).size).to.equal(exchange.keys.length);
  });

  it('retries with the same key when the exchange is unavailable or the connection breaks', async () => {
    exchange.inject({ on: 'POST /orders', kind: 'unavailable', times: 2 });
    exchange.inject({ on: 'POST /orders', kind: 'drop' });
    exchange.inject({ on: 'POST /orders', kind: 'dropAnswer', times: 2 });
    exchange.inject({ on: 'GET /stocks/', kind: 'drop' });
    const { status, summary } = await runJson('--p', '1');
    expect(summary).to.include({ errors: 0, retries: 6 });
    expect(status).to.equal(0);
    // The two orders whose answers were lost came twice, with one key each, and were executed once.
    expect(exchange.keys.length - new Set(exchange.keys).size).to.equal(2);
    expect(summary.ordersPlaced).to.equal(exchange.orders.length);
  });

  it('takes shares that others bought after the lookup for a normal refusal', async () => {
    exchange.showQuantity = () => 5;
    const { stdout, status } = await run('--sessions', '1', '--stocks', 'MenhirCo', '--p', '1');
    const refusals = exchange.keys.length - exchange.orders.length;
    expect(refusals).to.be.greaterThan(0);
    expect(stdout).to.include(`trade refused: not enough stocks left to buy (${refusals})\n`);
    expect(status).to.equal(0);
  });

  it('fails when an acknowledged order is lost', async () => {
    exchange.showOrder = (order) => (order.order_num === 2 ? undefined : order);
    const { stdout, status } = await run();
    expect(stdout).to.match(/mismatch: order 2 ".*" was acknowledged, and is not found/);
    expect(stdout).to.match(/FAILED: 1 errors, 1 mismatches, 1 orders not confirmed\.\n$/);
    expect(status).to.equal(1);
  });

  it('fails when an order is not as it was acknowledged', async () => {
    exchange.showOrder = (order) => ({ ...order, quantity: order.quantity + 1 });
    const { summary, status } = await runJson();
    expect(summary.mismatches).to.have.lengthOf(exchange.orders.length);
    expect(status).to.equal(1);
  });

  it('fails when two orders got the same number', async () => {
    exchange.showNumber = (number) => Math.ceil(number / 2);
    const { summary, status } = await runJson();
    expect(summary.mismatches).to.include('order number 1 was given to 2 orders');
    expect(status).to.equal(1);
  });

  it('fails, and says why, when retries are used up', async () => {
    exchange.inject({ on: 'POST /orders', kind: 'unavailable', times: 1_000 });
    const { stdout, status } = await run('--retries', '1');
    expect(stdout).to.match(/trade error: 503 no leader \(\d+\)/);
    expect(status).to.equal(1);
  });

  it('says where nobody answers', async () => {
    const host = exchange.url;
    await exchange.close();
    const { stdout, stderr, status } = await runClient('--host', host);
    expect(stderr).to.match(
      /^http:\/\/127\.0\.0\.1:\d+ does not list its stocks: connect ECONNREFUSED .*npm start\)\?\n$/,
    );
    expect(stdout).to.equal('');
    expect(status).to.equal(3);
    exchange = await FakeExchange.start({});
  });

  it('after Ctrl-C places no more orders, and checks those that it placed', async () => {
    const child = spawn(process.execPath, [
      entry,
      'load',
      '--host',
      exchange.url,
      '--requests',
      '100000',
      '--json',
    ]);
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const stdout = text(child.stdout);
    const stderr = text(child.stderr);
    await exchange.whenRequested('POST /orders');
    child.kill('SIGINT');
    expect(await exit).to.equal(130);
    expect(await stderr).to.match(/checking those that were placed/);
    const summary = JSON.parse(await stdout);
    expect(summary.ordersPlaced).to.be.greaterThan(0).and.equal(summary.ordersConfirmed);
    expect(summary.byKind.lookup.requests).to.be.lessThan(500_000);
  });

  it('explains itself, with examples', async () => {
    const { stdout, status } = await runClient('--help');
    expect(stdout).to.include('Usage: stock load').and.include('Examples:').and.include('Exit status: 0');
    expect(status).to.equal(0);
  });

  const mistakes: [string[], RegExp][] = [
    [['--sessions', '0'], /'--sessions <count>'.*whole number from 1 to 1000/],
    [['--sessions', '2.5'], /'--sessions <count>'.*whole number/],
    [['--requests', 'many'], /'--requests <count>'.*whole number/],
    [['--requests', '-3'], /--requests/],
    [['--requests', '1000000'], /at most 2000000/],
    [['--p', '1.1'], /'--p <probability>'.*from 0 to 1/],
    [['--p', ''], /'--p <probability>'.*from 0 to 1/],
    [['--p', '1e-1'], /'--p <probability>'.*from 0 to 1/],
    [['--seed', '4294967296'], /'--seed <number>'.*whole number/],
    [['--stocks', 'a,,b'], /'--stocks <names>'.*separated by commas/],
    [['--retries', '101'], /'--retries <count>'.*whole number from 0 to 100/],
    [['--timeout', '0'], /'--timeout <ms>'.*whole number from 1/],
    [['--host', 'ftp://127.0.0.1'], /'--host <url>'.*must be like http/],
    [['--host', 'http://127.0.0.1:8080/stocks'], /'--host <url>'.*without a path/],
    [['--host', 'http://'], /'--host <url>'.*must be like http/],
    [['--unknown'], /unknown option '--unknown'/],
    [['extra'], /too many arguments/],
  ];
  for (const [args, message] of mistakes) {
    it(`refuses ${args.map((arg) => arg || "''").join(' ')}`, async () => {
      const { stdout, stderr, status } = await runClient(...args);
      expect(stderr).to.match(message).and.include('--help');
      expect(stdout).to.equal('');
      expect(status).to.equal(2);
    });
  }
});
