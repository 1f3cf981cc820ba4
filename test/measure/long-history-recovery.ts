// npm run measure:long-history -- [--orders 1000000]
// How long each process takes to start with many orders, how much memory that takes, and how long a replica that lost
// its volume takes to get them back while trades go on.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { Command } from 'commander';
import { System, type ServiceName } from '../support/system.js';
import { Traders } from '../support/traders.js';
import { writeLongHistory } from './long-history.js';

/** Most memory that the process ever held, MB. */
function peakMegabytes(child: ChildProcess): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_000;
}

/** Starts one process and waits until it says that it is ready. */
async function start(system: System, name: ServiceName): Promise<ChildProcess> {
  const startMs = performance.now();
  const child = system.launch(name);
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (text: Buffer) => {
      if (/ ready on /.test(text.toString())) {
        resolve();
      }
    });
  });
  const seconds = (performance.now() - startMs) / 1_000;
  console.log(
    `${name.padEnd(8)} ready after ${seconds.toFixed(1)} s with ${peakMegabytes(child).toFixed(0)} MB`,
  );
  return child;
}

const { orders } = new Command('npm run measure:long-history --')
  .option('--orders <count>', 'how many orders have been executed before', Number, 1_000_000)
  .parse()
  .opts<{ orders: number }>();

const system = await System.create();
try {
  await writeLongHistory(system.dataDirectory, orders);
  console.log(`${orders} orders`);
  const children = new Map<ServiceName, ChildProcess>();
  for (const name of ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'] as const) {
    children.set(name, await start(system, name));
  }
  await system.ready();
  const traders = new Traders(system.url, { clients: 8, stocks: ['GameStart', 'META'] });
  await delay(3_000);
  const before = { leaderId: (await system.cluster()).leader_id, answers: traders.posted.length };
  await system.kill('order-1');
  rmSync(join(system.dataDirectory, 'order-1', 'orders.csv'));
  const startMs = performance.now();
  children.set('order-1', system.launch('order-1'));
  await delay(1_000);
  let last = 0;
  for (;;) {
    const own = (await system.cluster()).replicas.find(({ id }) => id === 1);
    if (own?.in_sync && own.last_transaction_num >= orders) {
      break;
    }
    last = own?.last_transaction_num ?? last;
    await delay(100);
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const during = traders.posted.length - before.answers;
  const silenceMs = traders.longestSilenceMs(startMs, performance.now());
  const posted = await traders.stop();
  const failed = posted.filter(({ code }) => code !== 200 && code !== 404).length;
  console.log(`order-1 without its volume is in sync again after ${seconds.toFixed(1)} s`);
  console.log(
    `meanwhile ${(during / seconds).toFixed(0)} orders/s (before ${(before.answers / 3).toFixed(0)}), ${failed} failed, ` +
      `longest silence ${silenceMs.toFixed(0)} ms, leader ${before.leaderId} then ${(await system.cluster()).leader_id}`,
  );
  for (const [name, child] of children) {
    console.log(`${name.padEnd(8)} peak ${peakMegabytes(child).toFixed(0)} MB`);
  }
} finally {
  await system.close();
}
