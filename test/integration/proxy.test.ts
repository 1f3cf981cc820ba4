// Where the environment names a proxy, it is for the world outside: the processes of a system never use it among themselves.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { runStock, stockEntry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { proxyVariables } from '../support/proxy-variables.js';
import { System } from '../support/system.js';

const run = promisify(execFile);
const simulateCrashes = fileURLToPath(new URL('../../../scripts/simulate_crashes.sh', import.meta.url));
/** So long that a trade which waits for the end of a lease is told from one that is merely slow. */
const leaseMs = 5_000;

async function quantityOf(system: System, stock: string): Promise<{ use: unknown; quantity: number }> {
  const { headers, json } = await system.client.send({ path: `/stocks/${stock}` });
  return { use: headers['x-cache'], quantity: (json as { data: { quantity: number } }).data.quantity };
}

/** Trades, and sees the frontend's cache follow at once: by an invalidation, and not by the end of a lease. */
async function expectTrades(system: System): Promise<void> {
  const body = { name: 'GameStart', type: 'sell', quantity: 1 };
  await eventually(async () => expect((await quantityOf(system, 'GameStart')).use).to.equal('HIT'));
  const { quantity } = await quantityOf(system, 'GameStart');
  const startMs = performance.now();
  const { status, text } = await system.client.send({ method: 'POST', path: '/orders', body });
  expect(status, text).to.equal(200);
  expect(performance.now() - startMs).to.be.below(leaseMs / 2);
  expect(await quantityOf(system, 'GameStart')).to.deep.equal({ use: 'MISS', quantity: quantity + 1 });
}

describe('a system in whose environment stands a proxy', function () {
  this.timeout(60_000);
  it('starts, trades, is asked and is crashed past it', async () => {
    const system = await System.create({
      ...proxyVariables,
      TLS: 'mutual',
      LEASE_MS: String(leaseMs),
      RESTART_DELAY_MS: '200',
    });
    const child = spawn(process.execPath, [stockEntry, 'start'], {
      env: { PATH: process.env.PATH, ...system.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text.toString()));
    try {
      await eventually(() => expect(output).to.include('Ready: '), 20_000);
      await expectTrades(system);
      for (const [args, saying] of [
        [['status'], 'Trades succeed'],
        [['buy', 'AAPL', '1'], 'Bought 1 AAPL: order 2'],
        [['lookup', 'AAPL'], '99'],
        [['verify'], 'OK: 2 trades'],
      ] as const) {
        const { stdout, stderr } = await runStock(args, system.environment);
        expect(stdout + stderr).to.include(saying);
        expect(stdout + stderr).not.to.match(/no frontend/i);
      }
      const { stdout } = await run(simulateCrashes, ['1'], {
        env: { PATH: process.env.PATH, ...system.environment },
      });
      expect(stdout).to.include('order-1 is back and has all 3 orders.');
    } finally {
      child.kill('SIGINT');
      await once(child, 'exit');
      await system.close();
    }
  });
});
