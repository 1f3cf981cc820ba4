// `npm run speed`: how fast the system is, as a share of what a bare Node server does on the same machine in the same
// minute. Machines differ and are noisy, so that share is what counts: system and reference are measured in turns, and
// each figure is the median of the rounds.
//
// Starts a system of its own on free ports, with its data in a temporary directory; a running one is not touched.
import { fork, spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, statfsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = join(scripts, '..');

const usage = `Usage: npm run speed -- [options]

Measures cached lookups and orders with wrk, next to bare node:http servers, and prints a Markdown table.

  --rounds <count>      how often each server is measured (default: 5)
  --seconds <count>     how long each measurement takes, s (default: 4)
  --threads <count>     threads of wrk (default: 1)
  --data-parent <path>  where to make the temporary data directory; its disk is part of what is measured
                        (default: the system's directory for temporary files)
  --help                this text`;

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 5_000;
const tmpfsType = 0x01021994;

/** What is wrong, for the person who started this; shown without a stack. */
class SpeedError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

// --- Settings -------------------------------------------------------------------------------------------------------

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

function warn(text) {
  console.error(`Warning: ${text}`);
}

// --- Processes ------------------------------------------------------------------------------------------------------

/** The processes that this script started and that still run. */
const children = new Set();

let isInterrupted = false;

function track(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends all of them: by request, then by force. */
async function stopAll() {
  const ends = [...children].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  children.forEach((child) => child.kill('SIGTERM'));
  await Promise.race([Promise.all(ends), sleep(stopTimeoutMs, undefined, { ref: false })]);
  children.forEach((child) => child.kill('SIGKILL'));
  await Promise.all(ends);
}

/** Starts a bare server; resolves with its URL. */
async function startReference(kind) {
  const child = track(fork(join(scripts, 'speed_reference.mjs'), [kind]));
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }) => resolve(`http://127.0.0.1:${port}`));
    child.once('exit', () => reject(new SpeedError(`The reference server for ${kind} did not start.`)));
  });
}

/** Starts the five processes; resolves when the frontend is ready. */
async function startSystem(dataDirectory) {
  const ports = await findFreePorts([
    'FRONTEND_PORT',
    'FRONTEND_INTERNAL_PORT',
    'CATALOG_PORT',
    'ORDER_1_PORT',
    'ORDER_2_PORT',
    'ORDER_3_PORT',
  ]);
  const environment = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    BIND_HOST: '127.0.0.1',
    DATA_DIR: dataDirectory,
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    ...ports,
  };
  const services = [
    startService('catalog', environment),
    ...['1', '2', '3'].map((id) => startService('order', { ...environment, REPLICA_ID: id })),
    startService('frontend', environment),
  ];
  const url = `http://127.0.0.1:${ports.FRONTEND_PORT}`;
  await waitUntilReady(url, services);
  return { url, services };
}

/** Keeps the end of what the process writes, for the case that it fails. */
function startService(name, environment) {
  const child = track(
    spawn(process.execPath, [join(root, 'dist/src', name, 'main.js')], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const service = { name, child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (service.output = (service.output + chunk).slice(-4_000)));
  }
  return service;
}

async function waitUntilReady(url, services) {
  const deadlineMs = performance.now() + readyTimeoutMs;
  while (performance.now() < deadlineMs) {
    failIfEnded(services);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) {
      return;
    }
    await sleep(100);
  }
  const output = services.map((service) => service.output).join('');
  throw new SpeedError(`The system was not ready after ${readyTimeoutMs / 1_000} s.\n${output}`);
}

function failIfEnded(services) {
  const ended = services.find(({ child }) => child.exitCode !== null || child.signalCode !== null);
  if (ended) {
    throw new SpeedError(
      `The ${ended.name} ended (${ended.child.exitCode ?? ended.child.signalCode}).\n${ended.output}`,
    );
  }
}

/** Ports that are free now, one for each name. All are held until the last is found, so that they differ. */
async function findFreePorts(names) {
  const servers = names.map(() => createServer());
  const ports = {};
  for (const [index, server] of servers.entries()) {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports[names[index]] = String(server.address().port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

// --- Measuring ------------------------------------------------------------------------------------------------------

/** One run of wrk. */
async function runWrk({ url, connections, luaArguments }, { threads }, seconds) {
  if (isInterrupted) {
    throw new SpeedError('Interrupted.'); // wrk ends early and in good order when it is interrupted.
  }
  const size = [`-t${Math.min(threads, connections)}`, `-c${connections}`, `-d${seconds}s`];
  const script = ['-s', join(scripts, 'measure_speed.lua'), url, '--', ...luaArguments];
  const child = track(
    spawn('wrk', [...size, '--timeout', '10s', ...script], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  const [, json] = /^result (\{.*\})$/m.exec(output) ?? [];
  if (json === undefined) {
    throw new SpeedError(`wrk brought no result for ${url}.\n${output}`);
  }
  const result = JSON.parse(json);
  return { ...result, requestsPerSecond: result.requests / result.seconds };
}

/** Measures system and reference in turns; the first round only warms them up. */
async function measureCase({ title, system, reference, ...load }, settings, services) {
  const results = { system: [], reference: [] };
  for (let round = 0; round <= settings.rounds; round += 1) {
    for (const [side, url] of Object.entries({ system, reference })) {
      const seconds = round === 0 ? Math.min(2, settings.seconds) : settings.seconds;
      const result = await runWrk({ url, ...load }, settings, seconds);
      const rate = `${result.requestsPerSecond.toFixed(0)}/s`;
      console.error(`${title}, ${round === 0 ? 'warming up' : `round ${round}`}, ${side}: ${rate}`);
      warnAboutFailures(title, side, result);
      failIfEnded(services);
      if (round > 0) {
        results[side].push(result);
      }
    }
  }
  return summarizeCase(title, results);
}

function warnAboutFailures(title, side, { badStatuses, brokenConnections, requests }) {
  if (badStatuses > 0) {
    warn(`${title}, ${side}: ${badStatuses} of ${requests} answers were not 2xx; the figure does not count.`);
  }
  if (brokenConnections > 0) {
    warn(`${title}, ${side}: ${brokenConnections} connection errors or timeouts.`);
  }
}

function summarizeCase(title, { system, reference }) {
  const referenceRate = median(reference.map((result) => result.requestsPerSecond));
  const rate = median(system.map((result) => result.requestsPerSecond));
  return {
    title,
    rate,
    p50Ms: median(system.map((result) => result.p50Ms)),
    p99Ms: median(system.map((result) => result.p99Ms)),
    referenceRate,
    ratio: rate / referenceRate,
    failures: [...system, ...reference].reduce(
      (sum, each) => sum + each.badStatuses + each.brokenConnections,
      0,
    ),
  };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function formatTable(cases) {
  const rows = cases.map(({ title, rate, p50Ms, p99Ms, referenceRate, ratio }) =>
    [
      title,
      rate.toFixed(0),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      referenceRate.toFixed(0),
      ratio.toFixed(3),
    ].join(' | '),
  );
  return [
    '| case | requests/s | p50 ms | p99 ms | reference requests/s | ratio |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

// --- Putting it together --------------------------------------------------------------------------------------------

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
    `${availableParallelism()} processors. The reference is a bare node:http server, measured in turns.`
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
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

// What runs at the moment then fails or ends, and main goes through its clean-up.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    isInterrupted = true;
    void stopAll();
  });
}
// The last resort, for an error nobody expected: no process is left behind.
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

try {
  process.exitCode = await main();
} catch (error) {
  if (!isInterrupted && !(error instanceof SpeedError)) {
    throw error;
  }
  console.error(isInterrupted ? 'Interrupted.' : error.message);
  process.exitCode = isInterrupted ? 130 : error.exitCode;
}
