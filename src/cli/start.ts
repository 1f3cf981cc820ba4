// `npm start`: runs the five processes on this machine, shows their logs, and starts again what dies.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { ConfigError, parseConfig, type Config } from '../shared/config.js';
import { unusableExitCode } from '../shared/run-service.js';
import { makeDirectory } from '../shared/volume.js';

interface Service {
  readonly name: string;
  /** Path of its main module, from this one. */
  readonly main: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly colour: 'cyan' | 'green' | 'yellow' | 'magenta' | 'blue';
}

const order = { main: '../order/main.js' } as const;
const services: readonly Service[] = [
  { name: 'catalog', main: '../catalog/main.js', environment: {}, colour: 'cyan' },
  { name: 'order-1', ...order, environment: { REPLICA_ID: '1' }, colour: 'green' },
  { name: 'order-2', ...order, environment: { REPLICA_ID: '2' }, colour: 'yellow' },
  { name: 'order-3', ...order, environment: { REPLICA_ID: '3' }, colour: 'magenta' },
  { name: 'frontend', main: '../frontend/main.js', environment: {}, colour: 'blue' },
];

/** How long the system may take to be ready, ms. */
const readyPatienceMs = 30_000;
/** How long a process may take to stop, beyond the time that a request may, ms. */
const stopPatienceMs = 3_000;

const children = new Map<string, ChildProcess>();
/** Names of the processes that have said that they are ready. */
const ready = new Set<string>();
let stopping = false;
let everReady = false;
let requestBudgetMs = 0;

function say(service: Pick<Service, 'name' | 'colour'>, line: string): void {
  process.stdout.write(`${styleText(service.colour, service.name.padEnd(8))} | ${line}\n`);
}

function readPid(pidFile: string): number | undefined {
  return existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined;
}

/** The process that a pid file names, if it lives: another system may run in the same directory. */
function livingPid(pidFile: string): number | undefined {
  const pid = readPid(pidFile);
  try {
    return pid && process.kill(pid, 0) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function launch(service: Service, config: Config, runDirectory: string): void {
  const child = spawn(process.execPath, [fileURLToPath(new URL(service.main, import.meta.url))], {
    env: { LOG_FORMAT: 'pretty', ...process.env, ...service.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Out of reach of the terminal's Ctrl-C: they are stopped from here, in order.
    detached: true,
  });
  children.set(service.name, child);
  child.once('message', () => ready.add(service.name));
  const pidFile = join(runDirectory, `${service.name}.pid`);
  if (livingPid(pidFile) === undefined) {
    writeFileSync(pidFile, `${child.pid}\n`);
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) {
      createInterface({ input: stream }).on('line', (line) => say(service, line));
    }
  }
  child.once('exit', (exitCode, signal) => {
    children.delete(service.name);
    ready.delete(service.name);
    if (readPid(pidFile) === child.pid) {
      rmSync(pidFile, { force: true });
    }
    if (!stopping) {
      say(service, `ended (${signal ?? `exit code ${exitCode}`})`);
      onDeath(service, config, runDirectory, exitCode);
    }
  });
}

function onDeath(service: Service, config: Config, runDirectory: string, exitCode: number | null): void {
  if (exitCode === unusableExitCode && !everReady) {
    say(service, 'cannot run as it is set up (see the line above); stopping the others');
    void stop(1);
  } else if (exitCode === unusableExitCode) {
    say(service, 'cannot run as it is set up (see the line above); the others go on without it');
  } else if (config.RESTART_DELAY_MS > 0) {
    say(service, `starts again in ${config.RESTART_DELAY_MS} ms`);
    setTimeout(() => stopping || launch(service, config, runDirectory), config.RESTART_DELAY_MS);
  }
}

/** Stops the frontend first, so that nobody is turned away half-way, and the catalog last. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) {
    return;
  }
  stopping = true;
  for (const group of [['frontend'], ['order-1', 'order-2', 'order-3'], ['catalog']]) {
    await Promise.all(group.map(stopOne));
  }
  process.exit(exitCode);
}

async function stopOne(name: string): Promise<void> {
  const child = children.get(name);
  if (!child) {
    return;
  }
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), requestBudgetMs + stopPatienceMs);
  await ended;
  clearTimeout(force);
}

function makeRunDirectory(path: string): void {
  try {
    makeDirectory(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(
      `${path} cannot be made (${code}): set DATA_DIR to a directory that can be written`,
      {
        cause: error,
      },
    );
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

async function announce(config: Config): Promise<void> {
  const url = `http://127.0.0.1:${config.FRONTEND_PORT}`;
  const endMs = performance.now() + readyPatienceMs;
  // All five must have said so: what answers at that port could be another system.
  while (ready.size < services.length || !(await isReady(url))) {
    if (stopping) {
      return;
    }
    if (performance.now() > endMs) {
      process.stdout.write(
        `\nNot ready after ${readyPatienceMs / 1_000} s: see the logs above (asked ${url}/readyz).\n\n`,
      );
      return;
    }
    await delay(100);
  }
  everReady = true;
  const changed = ['FRONTEND_PORT', 'DATA_DIR'].filter((name) => process.env[name]);
  const settings = changed.map((name) => `${name}=${process.env[name]} `).join('');
  process.stdout.write(`
Ready: ${url}   (state in ${config.DATA_DIR}/, Ctrl-C stops everything)

  curl ${url}/stocks/GameStart
  curl -d '{"name":"GameStart","quantity":1,"type":"buy"}' ${url}/orders
  curl ${url}/orders/1
  curl ${url}/cluster
  ${settings}scripts/simulate_crashes.sh 3      # kill the leader and watch nothing happen
  npm run client -- --host ${url}   # trade with five sessions

`);
}

try {
  if (existsSync('.env')) {
    process.loadEnvFile();
  }
  const config = parseConfig(process.env);
  requestBudgetMs = config.REQUEST_BUDGET_MS;
  const runDirectory = join(config.DATA_DIR, 'run');
  makeRunDirectory(runDirectory);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stop(0));
  }
  // Nobody reads the logs any more, as after `npm start | head`.
  process.stdout.on('error', () => void stop(1));
  services.forEach((service) => launch(service, config, runDirectory));
  await announce(config);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
