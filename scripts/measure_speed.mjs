// `npm run speed`: how fast the system is, as a share of what a bare Node server does on the same machine in the same
// minute. Machines differ and are noisy, so that share is what counts: system and reference are measured in turns, and
// each figure is the median of the rounds.
//
// Starts a system of its own on free ports, with its data in a temporary directory; a running one is not touched.
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatTable, measureCase, warn } from './speed/measurement.mjs';
import { SpeedError, startReference, startSystem, stopAll } from './speed/processes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const usage = `Usage: npm run speed -- [options]

Measures cached lookups and orders with wrk, next to bare node:http servers, and prints a Markdown table.

  --rounds <count>      how often each server is measured (default: 5)
  --seconds <count>     how long each measurement takes, s (default: 4)
  --threads <count>     threads of wrk (default: 1)
  --data-parent <path>  where to make the temporary data directory; its disk is part of what is measured
                        (default: the system's directory for temporary files)
  --help                this text`;

const tmpfsType = 0x01021994;

function readSettings() {
  const text = { type: 'string' };
  const options = {
    rounds: text,
    seconds: text,
    threads: text,
    'data-parent': text,
    help: { type: 'boolean' },
  };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    throw new SpeedError(`${error.message}\n\n${usage}`, 2);
  }
  return {
    help: values.help ?? false,
    rounds: wholeNumber('rounds', values.rounds ?? '5', 100),
    seconds: wholeNumber('seconds', values.seconds ?? '4', 600),
    threads: wholeNumber('threads', values.threads ?? '1', 32),
    dataParent: values['data-parent'] ?? tmpdir(),
  };
}

function wholeNumber(name, text, max) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > max) {
    throw new SpeedError(`--${name} ${text}: must be a whole number from 1 to ${max}.\n\n${usage}`, 2);
  }
  return number;
}

function checkSurroundings({ dataParent }) {
  if (spawnSync('wrk', ['--version']).error) {
    throw new SpeedError(
      'wrk is not installed. Install it with "apt-get install wrk" or "brew install wrk".',
      2,
    );
  }
  if (!existsSync(join(root, 'dist/src/frontend/main.js'))) {
    throw new SpeedError('The project is not built. Run "npm run build" first.', 2);
  }
  if (!existsSync(dataParent)) {
    throw new SpeedError(`--data-parent ${dataParent}: there is no such directory.`, 2);
  }
  if (statfsSync(dataParent).type === tmpfsType) {
    warn(
      `${dataParent} is in memory: writing to disk costs nothing there. Use --data-parent for a real figure.`,
    );
  }
}

async function measureAll(settings, dataDirectory) {
  console.error('Starting the system and the reference servers …');
  const { url, services } = await startSystem(dataDirectory);
  const [lookups, orders] = await Promise.all(['lookup', 'orders'].map(startReference));
  const { data: stocks } = await (await fetch(`${url}/stocks`)).json();
  const cases = [
    {
      title: 'GET /stocks/GameStart (cached), 32 connections',
      system: `${url}/stocks/GameStart`,
      reference: lookups,
      connections: 32,
      luaArguments: ['lookup'],
    },
    {
      title: 'POST /orders (durable), 64 connections',
      system: `${url}/orders`,
      reference: orders,
      connections: 64,
      luaArguments: ['orders', stocks.map(({ name }) => name).join(',')],
    },
  ];
  const results = [];
  for (const each of cases) {
    results.push(await measureCase(each, settings, services));
  }
  return results;
}

function describeRun({ rounds, seconds, threads }) {
  return (
    `Medians of ${rounds} rounds of ${seconds} s, wrk with ${threads} thread(s), Node ${process.versions.node}, ` +
    `${availableParallelism()} processors. The reference is a bare node:http server, measured in turns; ` +
    `the ratio is the median of the ratios of the rounds.`
  );
}

/** @returns the exit status: 1 when any request failed, as the figures then do not count */
async function main() {
  const settings = readSettings();
  if (settings.help) {
    console.log(usage);
    return 0;
  }
  checkSurroundings(settings);
  const dataDirectory = await mkdtemp(join(settings.dataParent, 'stock-server-speed-'));
  try {
    const results = await measureAll(settings, dataDirectory);
    console.log(`${describeRun(settings)}\n\n${formatTable(results)}`);
    return results.some(({ failures }) => failures > 0) ? 1 : 0;
  } finally {
    await stopAll();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

let isInterrupted = false;
// What runs at the moment then fails or ends, and main goes through its clean-up.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    isInterrupted = true;
    void stopAll();
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  if (!isInterrupted && !(error instanceof SpeedError)) {
    throw error;
  }
  console.error(isInterrupted ? 'Interrupted.' : error.message);
  process.exitCode = isInterrupted ? 130 : error.exitCode;
}
