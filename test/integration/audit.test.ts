// `npm run verify` and `npm run rebuild-catalog` on the five real processes.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { post } from '../support/history.js';
import { System } from '../support/system.js';
import { Traders } from '../support/traders.js';

const servers = ['catalog', 'order-1', 'order-2', 'order-3'] as const;
const stocks = ['GameStart', 'BoarCo', 'MenhirCo', 'AAPL'];

describe('the audit of a system', function () {
  this.timeout(120_000);
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

  async function run(command: 'verify' | 'rebuild-catalog', ...args: string[]) {
    const entry = fileURLToPath(new URL('../../src/cli/stock.js', import.meta.url));
    const child = spawn(process.execPath, [entry, command, ...args], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    return { stdout, stderr, status };
  }

  const verdictIn = (stdout: string): string | undefined => stdout.trimEnd().split('\n').at(-1);

  it('finds all good while trades go on, also with a replica killed and back', async () => {
    const traders = new Traders(system.url, { clients: 8, stocks });
    await delay(500);
    const running = await run('verify');
    await system.kill('order-1');
    await system.knownDown(1);
    const during = await run('verify');
    system.launch('order-1');
    await system.inSync();
    const after = await run('verify', '--json');
    const posted = await traders.stop();

    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    expect(verdictIn(running.stdout), running.stdout).to.match(
      /^OK: \d+ trades without a gap, each in all three logs/,
    );
    expect(running.stdout).to.match(/\norder-\d +leader +\d+ .* level +[0-9a-f]{64}\n/);
    expect(during.stdout).to.match(/\norder-1 +down .* lags by \d+ +[0-9a-f]{64}\n/);
    expect(verdictIn(during.stdout), during.stdout).to.match(/^OK: .*\(behind: order-1\)/);
    expect(JSON.parse(after.stdout)).to.deep.include({ verdict: 'good', url: system.url, findings: [] });
    expect([running.status, during.status, after.status]).to.deep.equal([0, 0, 0]);
  });

  it('makes the lost catalog anew, and goes on with every order under its number', async () => {
    const traders = new Traders(system.url, { clients: 8, stocks });
    await delay(800);
    // One replica is behind, and terms have come and gone; the frontend stays, and remembers the last one.
    await system.kill('order-3');
    await delay(800);
    const posted = await traders.stop();
    const before = posted.filter(({ code }) => code === 200);
    const whileRunning = await run('rebuild-catalog', '--force');
    for (const name of servers) {
      await system.kill(name);
    }
    await rm(join(system.dataDirectory, 'catalog'), { recursive: true });
    const lost = await run('verify', '--files-only');
    const rebuilt = await run('rebuild-catalog');
    const verified = await run('verify', '--files-only');
    servers.forEach((name) => system.launch(name));
    await system.inSync();
    const again = [];
    for (const { key, name, quantity, type } of before.slice(-50)) {
      again.push(await post(system.client, key, { name, quantity, type }));
    }
    const fresh = await post(system.client, randomUUID(), { name: 'AAPL', quantity: 1, type: 'sell' });
    await system.converged();
    const atTheEnd = await run('verify');

    expect(posted.filter(({ code }) => code !== 200 && code !== 404)).to.deep.equal([]);
    expect(before.length).to.be.above(100);
    expect(whileRunning.stderr).to.match(/is in use by another process/);
    expect(verdictIn(lost.stdout)).to.match(/^NOT CHECKED/);
    expect(rebuilt.stdout, rebuilt.stderr).to.match(/\nDone\./);
    expect(verdictIn(verified.stdout), verified.stdout).to.match(new RegExp(`^OK: ${before.length} trades`));
    expect(again.map(({ code, number }) => `${code} ${number}`)).to.deep.equal(
      before.slice(-50).map(({ number }) => `200 ${number}`),
    );
    expect([fresh.code, fresh.number]).to.deep.equal([200, before.length + 1]);
    expect(verdictIn(atTheEnd.stdout), atTheEnd.stdout).to.match(
      new RegExp(`^OK: ${before.length + 1} trades`),
    );
    expect(system.output).not.to.match(/ALARM/);
    expect([whileRunning, lost, rebuilt, verified, atTheEnd].map(({ status }) => status)).to.deep.equal([
      1, 3, 0, 0, 0,
    ]);
  });
});
