// The command as a user starts it, against an exchange in memory: what goes wrong, and pipes.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { runStock, stockEntry } from '../../support/command-line.js';
import { FakeExchange } from '../../support/fake-exchange.js';

const local = [
  'start',
  'verify',
  'rebuild-catalog',
  'begin-anew',
  'certificates',
  'backup',
  'restore',
  'load',
];
const commands = [...local, 'status', 'lookup', 'buy', 'sell', 'order'];

describe('stock', function () {
  this.timeout(20_000);
  let exchange: FakeExchange;
  beforeEach(async () => {
    exchange = await FakeExchange.start({ GameStart: 100, AAPL: 50 });
  });
  afterEach(() => exchange.close());

  const stock = (...args: string[]) => runStock(args, { FRONTEND_URL: exchange.url });

  for (const fault of ['unavailable', 'drop', 'dropAnswer'] as const) {
    it(`sends an order again with its key, and has it executed once (${fault})`, async () => {
      exchange.inject({ on: 'POST /orders', kind: fault, times: 2 });
      const { stdout, status } = await stock('buy', 'GameStart', '3', '--json');
      const order = JSON.parse(stdout);
      expect(order).to.include({ number: 1, type: 'buy', name: 'GameStart', quantity: 3, retries: 2 });
      expect(exchange.requests.filter((line) => line === 'POST /orders')).to.have.length(3);
      expect(new Set(exchange.keys)).to.deep.equal(new Set([order.key]));
      expect(exchange.orders).to.have.length(1);
      expect(status).to.equal(0);
    });
  }

  it('gives up after so many retries, and prints the command that repeats the order', async () => {
    exchange.inject({ on: 'POST /orders', kind: 'dropAnswer', times: 2 });
    const failed = await stock('sell', 'AAPL', '4', '--retries', '1');
    const [, args = ''] = /To repeat it safely: stock (.*)\n/.exec(failed.stderr) ?? [];
    const repeated = await stock(...args.split(' '), '--json');
    expect([failed.stdout, failed.status, repeated.status]).to.deep.equal(['', 3, 0]);
    expect(JSON.parse(repeated.stdout)).to.include({ number: 1, type: 'sell', key: exchange.keys[0] });
    expect(exchange.quantityOf('AAPL')).to.equal(54);
  });

  it('tells the key on Ctrl-C, and ends with 130', async () => {
    exchange.inject({ on: 'POST /orders', kind: 'unavailable', times: 100 });
    const child = spawn(process.execPath, [
      stockEntry,
      'buy',
      'AAPL',
      '1',
      '--key',
      'k7',
      '--url',
      exchange.url,
    ]);
    const stderr = text(child.stderr);
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    await exchange.whenRequested('POST /orders');
    child.kill('SIGINT');
    expect(await exit).to.equal(130);
    expect(await stderr).to.match(/stock buy AAPL 1 --key k7 --url .*\n$/);
  });

  it('ends quietly when its reader does', async () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`Stock${index}`, index]));
    const large = await FakeExchange.start(many);
    const child = spawn(process.execPath, [stockEntry, 'lookup', '--url', large.url]);
    const stderr = text(child.stderr);
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await exit).to.equal(0);
    expect(await stderr).to.equal('');
    await large.close();
  });

  it('ends a simulation quietly when its reader does', async () => {
    const child = spawn(process.execPath, [stockEntry, 'simulate', '--seed', '1', '--trace']);
    const stderr = text(child.stderr);
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await exit).to.equal(0);
    expect(await stderr).to.equal('');
  });

  it('ends with 3 where nobody answers, and says so in JSON as well', async () => {
    for (const args of [['status'], ['lookup'], ['order', '1'], ['buy', 'AAPL', '1', '--retries', '0']]) {
      const { stdout, stderr, status } = await stock(...args, '--json', '--url', 'http://127.0.0.1:1');
      expect(stderr, args.join(' ')).to.match(/^http:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/);
      expect(JSON.parse(stdout).error).to.include({ exitCode: 3 });
      expect(status).to.equal(3);
    }
  });

  it('ends with 1 for a definite no', async () => {
    for (const [args, message] of [
      [['buy', 'AAPL', '51'], 'not enough stocks left to buy\n'],
      [['lookup', 'Nobody'], 'stock not found\n'],
      [['order', '5'], 'Transaction number not found\n'],
    ] as const) {
      expect(await stock(...args)).to.deep.equal({ stdout: '', stderr: message, status: 1 });
    }
  });

  it('is not fooled by a server that is none of ours', async () => {
    const { stderr, status } = await stock('status');
    expect(stderr).to.match(/^http.* answers, but not as our frontend/);
    expect(status).to.equal(3);
  });

  const mistakes: [string[], RegExp][] = [
    [[], /Usage: stock/],
    [['staus'], /unknown command 'staus'\n\(Did you mean status\?\)/],
    [['status', '--wach'], /unknown option '--wach'\n\(Did you mean --watch\?\)/],
    [['status', 'extra'], /too many arguments/],
    [['status', '--interval', '1'], /whole number from 50/],
    [['buy', 'AAPL'], /missing required argument 'quantity'/],
    [['buy', 'AAPL', '1e1'], /whole number from 0/],
    [['buy', 'AAPL', '-1'], /whole number from 0/],
    [['buy', 'AAPL', '1', '--key', '-'], /starting with a letter or digit/],
    [['buy', '', '1'], /name of a stock/],
    [['order', '0'], /whole number from 1/],
    [['lookup', '--url', 'http://host/stocks'], /without a path/],
    [['chaos', '--minutes', 'x'], /above 0/],
    [['chaos', '--json'], /chaos has no --url and no --json/],
    [['simulate', '--seeds', '0'], /whole number/],
    [['mutants', '--only', 'nonsense'], /The mutants are: /],
    [['bench', '--rounds', '0'], /whole number from 1/],
  ];
  for (const [args, message] of mistakes) {
    it(`ends with 2 for: stock ${args.map((arg) => arg || "''").join(' ')}`, async () => {
      const { stdout, stderr, status } = await stock(...args);
      expect(stderr).to.match(message);
      expect([stdout, status]).to.deep.equal(['', 2]);
    });
  }

  it('names a wrong FRONTEND_URL', async () => {
    const { stderr, status } = await runStock(['lookup'], { FRONTEND_URL: 'ftp://x' });
    expect(stderr).to.match(/^FRONTEND_URL=ftp:\/\/x is not valid: It must be like http/);
    expect(status).to.equal(2);
  });

  for (const command of commands) {
    it(`explains ${command}, with examples`, async () => {
      const { stdout, status } = await stock(command, '--help');
      expect(stdout).to.match(
        new RegExp(`^Usage: stock ${command}[^]*Global Options:[^]*Examples:[^]*stock ${command}`),
      );
      expect(status).to.equal(0);
    });
  }

  for (const tool of ['chaos', 'bench', 'simulate', 'mutants']) {
    it(`explains ${tool}, in a few lines`, async () => {
      const { stdout, status } = await stock(tool, '--help');
      expect(stdout).to.match(/^Usage: /);
      expect(stdout.length, 'no list of all mutants').to.be.lessThan(3_000);
      expect(status).to.equal(0);
    });
  }

  it('knows its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect((await stock('--version')).stdout).to.equal(`${version}\n`);
  });
});
