// `stock` on the five real processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { runStock, stockEntry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { System } from '../support/system.js';

const escape = String.fromCharCode(27);

describe('the command line on a real system', function () {
  this.timeout(60_000);
  let system: System;

  before(async () => {
    system = await System.start();
  });
  after(() => system.close());

  const stock = (...args: string[]) => runStock(args, system.environment);
  async function json(...args: string[]) {
    const { stdout, stderr, status } = await stock(...args, '--json');
    expect([stderr, status], args.join(' ')).to.deep.equal(['', 0]);
    return JSON.parse(stdout);
  }

  it('buys, sells, and shows the orders and what is left', async () => {
    const bought = await json('buy', 'GameStart', '3');
    const sold = await json('sell', 'GameStart', '1', '--key', 'mine');
    expect(bought).to.deep.include({ number: 1, type: 'buy', name: 'GameStart', quantity: 3, retries: 0 });
    expect(bought.key).to.match(/^[\da-f-]{36}$/);
    expect(sold).to.deep.include({ number: 2, key: 'mine' });
    expect(await json('order', '2')).to.deep.equal({
      number: 2,
      name: 'GameStart',
      type: 'sell',
      quantity: 1,
    });
    expect(await json('lookup', 'GameStart')).to.deep.equal({
      name: 'GameStart',
      price: 15.99,
      quantity: 98,
    });
    expect(await json('lookup')).to.have.length(10);
  });

  it('executes an order once, however often it is sent with its key', async () => {
    const numbers = [];
    for (let time = 0; time < 3; time += 1) {
      numbers.push((await json('buy', 'AAPL', '5', '--key', 'thrice')).number);
    }
    expect(new Set(numbers).size).to.equal(1);
    expect(await json('lookup', 'AAPL')).to.include({ quantity: 95 });
    const other = await stock('buy', 'AAPL', '6', '--key', 'thrice');
    expect(other.stderr).to.equal('Idempotency-Key was already used with another body\n');
    expect(other.status).to.equal(1);
  });

  it('gets an order executed while the leader is killed', async () => {
    await system.inSync();
    const leader = await system.leaderName();
    await system.kill(leader);
    const { stdout, status } = await stock('buy', 'BoarCo', '2');
    system.launch(leader);
    await system.inSync();
    expect(stdout).to.match(/^Bought 2 BoarCo: order \d+ \(key [\da-f-]{36}/);
    expect(status).to.equal(0);
    expect(await json('lookup', 'BoarCo')).to.include({ quantity: 98 });
  });

  it('shows who leads and how far each is, with addresses and hashes', async () => {
    await system.converged();
    const status = await json('status');
    const { leader_id: leaderId, replicas } = await system.cluster();
    expect(status).to.include({ ready: true, leaderId, url: system.url });
    expect(status.processes.map(({ name }: { name: string }) => name)).to.deep.equal([
      'order-1',
      'order-2',
      'order-3',
      'catalog',
      'frontend',
    ]);
    expect(status.processes[0]).to.include({
      address: `127.0.0.1:${system.environment['ORDER_1_PORT']}`,
      lastNumber: replicas[0]?.last_transaction_num,
      logHash: replicas[0]?.checksum,
    });
    const { stdout } = await stock('status');
    expect(stdout).to.match(new RegExp(`│ order-${leaderId} +│ 127[^│]+│ leader `));
  });

  it('watches, one line of JSON each time, until Ctrl-C', async () => {
    const child = spawn(process.execPath, [stockEntry, 'status', '--watch', '--interval', '50', '--json'], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === 3) {
        child.kill('SIGINT');
        break;
      }
    }
    expect(lines.map((line) => JSON.parse(line).ready)).to.deep.equal([true, true, true]);
    expect(await exit).to.equal(130);
  });

  it('loads the system, and finds every log the same', async () => {
    const summary = await json('load', '--sessions', '2', '--requests', '20');
    expect(summary).to.include({ errors: 0, host: system.url });
    expect(await json('verify')).to.deep.include({ verdict: 'good', findings: [] });
  });

  it('writes no control codes into pipes, unless it is asked to', async () => {
    for (const args of [['status'], ['lookup'], ['verify'], ['load', '--requests', '3']]) {
      const { stdout, stderr } = await stock(...args);
      expect(stdout + stderr, args.join(' ')).not.to.include(escape);
    }
    const coloured = await runStock(['status'], { ...system.environment, FORCE_COLOR: '1' });
    expect(coloured.stdout).to.include(`${escape}[32m`);
    const plain = await runStock(['status'], { ...system.environment, FORCE_COLOR: '1', NO_COLOR: '1' });
    expect(plain.stdout).not.to.include(escape);
  });

  it('ends with 1 while trades fail, and 3 for an order whose fate is not known', async () => {
    await system.kill('catalog');
    const order = await stock('buy', 'BoarCo', '1', '--retries', '0', '--key', 'later');
    const status = await stock('status', '--json');
    system.launch('catalog');
    await system.ready();
    const again = await json('buy', 'BoarCo', '1', '--key', 'later');
    expect(order.stderr).to.match(/cannot do it now: 503 .*\n.*stock buy BoarCo 1 --key later --url /);
    expect(order.status).to.equal(3);
    expect(JSON.parse(status.stdout)).to.include({ ready: false });
    expect(status.status).to.equal(1);
    expect(again.number).to.be.greaterThan(0);
  });
});

describe('stock start', function () {
  this.timeout(60_000);

  it('runs the five processes, and stops them all on Ctrl-C', async () => {
    const system = await System.create();
    const child = spawn(process.execPath, [stockEntry, 'start'], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.startsWith('Ready: ')) {
        expect((await runStock(['status'], system.environment)).status).to.equal(0);
        child.kill('SIGINT');
      }
    }
    expect(await exit).to.equal(0);
    expect(lines.join('\n')).to.include(`Ready: ${system.url} `).and.not.include(escape);
    expect((await runStock(['status'], system.environment)).status).to.equal(3);
    await system.close();
  });

  it('starts a process again that somebody keeps from its port for a while', async () => {
    const system = await System.create({ RESTART_DELAY_MS: '200' });
    const child = spawn(process.execPath, [stockEntry, 'start'], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    const said = (text: string) => eventually(() => expect(output).to.include(text));
    const pid = () => Number(readFileSync(join(system.dataDirectory, 'run', 'order-2.pid'), 'utf8'));
    const inTheWay = createServer();
    try {
      await said('Ready: ');
      process.kill(pid(), 'SIGKILL');
      await said('order-2  | ended (SIGKILL)');
      inTheWay.listen(Number(system.environment.ORDER_2_PORT), '127.0.0.1');
      await said('order-2  | starts again in 1000 ms');
      inTheWay.close();
      await eventually(async () => {
        expect((await runStock(['status'], system.environment)).stdout).to.not.include('down');
      });
    } finally {
      inTheWay.close();
      child.kill('SIGINT');
      await once(child, 'exit');
      await system.close();
    }
  });
});
