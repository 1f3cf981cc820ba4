// npm run measure:metrics-cost -- [--rounds 8] [--seconds 5]
// What counting costs: two systems, one of which counts nothing, are loaded in turns. Needs wrk.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { cpuTime } from '../bench/proc.js';
import { parseWrkOutput } from '../bench/wrk.js';
import { serviceNames, System } from '../support/system.js';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
}

interface Figures {
  readonly requestsPerS: number;
  /** Of all five processes. */
  readonly cpuUsPerRequest: number;
}

const hook = new URL('without-metrics.js', import.meta.url).href;
const script = fileURLToPath(new URL('../../../test/bench/requests.lua', import.meta.url));

const order = (type: string) => `POST /orders {"name":"GameStart","quantity":1,"type":"${type}"}`;
const cases = [
  { name: 'cached lookup, 32 connections', connections: 32, requests: ['GET /stocks/GameStart'] },
  { name: 'POST /orders, 64 connections', connections: 64, requests: [order('sell'), order('buy')] },
] as const;
type Case = (typeof cases)[number];

function cpuUs(system: System): number {
  return serviceNames.reduce((sum, name) => {
    const pid = system.child(name)?.pid;
    return sum + ((pid === undefined ? undefined : cpuTime(pid)?.ownUs) ?? 0);
  }, 0);
}

function load(system: System, { connections }: Case, requestFile: string, seconds: number): Figures {
  const size = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  const before = cpuUs(system);
  const { stdout } = spawnSync('wrk', [...size, '-s', script, system.url, '--', requestFile, '0'], {
    encoding: 'utf8',
  });
  const result = parseWrkOutput(stdout);
  if (!result || result.badStatuses > 0) {
    throw new Error(`wrk brought no good result: ${stdout}`);
  }
  return {
    requestsPerS: result.requests / result.seconds,
    cpuUsPerRequest: (cpuUs(system) - before) / result.requests,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

function report(measured: Case, withMetrics: readonly Figures[], without: readonly Figures[]): void {
  console.log(`\n${measured.name}`);
  for (const [what, unit] of [
    ['requestsPerS', 'requests/s'],
    ['cpuUsPerRequest', 'µs of processor per request'],
  ] as const) {
    const ratios = withMetrics.map((figures, round) => figures[what] / (without[round]?.[what] ?? NaN));
    const [counting, silent] = [withMetrics, without].map((each) => median(each.map((one) => one[what])));
    const change = `${((median(ratios) - 1) * 100).toFixed(1)} %`;
    console.log(
      `  with ${counting?.toFixed(1)}, without ${silent?.toFixed(1)} ${unit}: ${change} (median of rounds)`,
    );
  }
}

async function main({ rounds, seconds }: Options): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'stock-metrics-cost-'));
  const counting = await System.start();
  const silent = await System.start({ NODE_OPTIONS: `--import=${hook}` });
  try {
    for (const measured of cases) {
      const requestFile = join(directory, 'requests');
      writeFileSync(requestFile, `${measured.requests.join('\n')}\n`);
      const figures: Record<'with' | 'without', Figures[]> = { with: [], without: [] };
      // The first round warms up.
      for (let round = 0; round <= rounds; round += 1) {
        const pair = [
          load(counting, measured, requestFile, seconds),
          load(silent, measured, requestFile, seconds),
        ];
        if (round > 0) {
          figures.with.push(pair[0] as Figures);
          figures.without.push(pair[1] as Figures);
        }
      }
      report(measured, figures.with, figures.without);
    }
  } finally {
    await Promise.all([counting.close(), silent.close()]);
    rmSync(directory, { recursive: true });
  }
}

const options = new Command()
  .option('--rounds <count>', 'rounds that count', Number, 8)
  .option('--seconds <seconds>', 'of each measurement', Number, 5)
  .parse()
  .opts<Options>();
await main(options);
