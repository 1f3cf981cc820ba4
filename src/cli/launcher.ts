// Runs the five processes on this machine, shows their logs, and starts again what dies.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Config } from '../shared/config.js';
import { getDirectly } from '../shared/get-directly.js';
import { LossyOutput } from '../shared/lossy-output.js';
import { nodeFlags } from '../shared/node-flags.js';
import { unusableExitCode } from '../shared/run-service.js';
import { makeDirectory } from '../shared/volume.js';
import { coloursOfOutput } from './terminal.js';

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
/** The frontend first, so that nobody is turned away half-way, and the catalog last. */
const stopOrder = [['frontend'], ['order-1', 'order-2', 'order-3'], ['catalog']] as const;

/** How many times as long as after a crash to wait for what keeps a process from starting to be out of the way. */
const unusablePatience = 5;

/** The five processes of a system, from start to stop. */
export class Launcher {
  readonly #config: Config;
  readonly #url: string;
  readonly #runDirectory: string;
  readonly #colours = coloursOfOutput();
  readonly #output = new LossyOutput({
    onRoom: (lost, code) => this.#output.write(`${lost} lines could not be shown (${code}).\n`),
    // As after `npm start | head`.
    onReaderGone: () => void this.stop(1),
  });
  readonly #children = new Map<string, ChildProcess>();
  /** Names of the processes that have said that they are ready. */
  readonly #ready = new Set<string>();
  #isStopping = false;
  #wasEverReady = false;

  constructor(config: Config) {
    this.#config = config;
    this.#url = `http://127.0.0.1:${config.FRONTEND_PORT}`;
    this.#runDirectory = join(config.DATA_DIR, 'run');
  }

  /**
   * Starts all of them, and says when trades will succeed.
   * @throws ConfigError their directory cannot be made
   */
  async start(): Promise<void> {
    makeRunDirectory(this.#runDirectory);
    services.forEach((service) => this.#launch(service));
    await this.#announce();
  }

  /** Stops all of them, in order, and ends this process. */
  async stop(status: number): Promise<void> {
    if (this.#isStopping) {
      return;
    }
    this.#isStopping = true;
    for (const group of stopOrder) {
      await Promise.all(group.map((name) => this.#stopOne(name)));
    }
    process.exit(status);
  }

  #launch(service: Service): void {
    const child = spawnService(service);
    const pidFile = join(this.#runDirectory, `${service.name}.pid`);
    this.#children.set(service.name, child);
    child.once('message', () => this.#ready.add(service.name));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) {
        stream.on('error', () => undefined);
        createInterface({ input: stream }).on('line', (line) => this.#say(service, line));
      }
    }
    const onEnd = (how: string, code: number | null): void => {
      this.#forget(service, child, pidFile);
      if (!this.#isStopping) {
        this.#say(service, `ended (${how})`);
        this.#onDeath(service, code);
      }
    };
    child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`, code));
    child.on('error', (error) => {
      // Otherwise it runs, and only a signal could not be sent.
      if (child.pid === undefined) {
        onEnd(`it could not be started: ${error.message}`, null);
      }
    });
    this.#keepPid(service, child, pidFile);
  }

  /** The file is for scripts and people: without it the system goes on. */
  #keepPid(service: Service, { pid }: ChildProcess, pidFile: string): void {
    try {
      if (pid !== undefined && livingPid(pidFile) === undefined) {
        writeFileSync(pidFile, `${pid}\n`);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.#say(service, `its number cannot be kept in ${pidFile} (${code})`);
    }
  }

  #forget({ name }: Service, child: ChildProcess, pidFile: string): void {
    this.#children.delete(name);
    this.#ready.delete(name);
    try {
      if (readPid(pidFile) === child.pid) {
        rmSync(pidFile, { force: true });
      }
    } catch {
      // It stays, and names a process that does not live.
    }
  }

  #onDeath(service: Service, code: number | null): void {
    const { RESTART_DELAY_MS: delayMs } = this.#config;
    if (code === unusableExitCode && !this.#wasEverReady) {
      this.#say(service, 'cannot run as it is set up (see the line above); stopping the others');
      void this.stop(1);
    } else if (delayMs > 0) {
      // It could run before: something is in its way, maybe for a while.
      const waitMs = code === unusableExitCode ? delayMs * unusablePatience : delayMs;
      this.#say(service, `starts again in ${waitMs} ms`);
      setTimeout(() => this.#isStopping || this.#launch(service), waitMs);
    }
  }

  async #stopOne(name: string): Promise<void> {
    const child = this.#children.get(name);
    if (!child) {
      return;
    }
    const ended = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), this.#config.REQUEST_BUDGET_MS + stopPatienceMs);
    await ended;
    clearTimeout(force);
  }

  async #announce(): Promise<void> {
    const endMs = performance.now() + readyPatienceMs;
    while (!(await this.#isReady())) {
      if (this.#isStopping) {
        return;
      }
      if (performance.now() > endMs) {
        const seconds = readyPatienceMs / 1_000;
        this.#output.write(
          `\nNot ready after ${seconds} s: see the logs above (asked ${this.#url}/readyz).\n\n`,
        );
        return;
      }
      await delay(100);
    }
    this.#wasEverReady = true;
    this.#output.write(welcome(this.#url, this.#config.DATA_DIR));
  }

  async #isReady(): Promise<boolean> {
    // All five must have said so: what answers at that port could be another system.
    return this.#ready.size === services.length && answersReady(this.#url);
  }

  #say({ name, colour }: Service, line: string): void {
    this.#output.write(`${this.#colours[colour](name.padEnd(8))} | ${line}\n`);
  }
}

function spawnService({ name, main, environment }: Service): ChildProcess {
  return spawn(process.execPath, [...nodeFlags(name), fileURLToPath(new URL(main, import.meta.url))], {
    env: { ...process.env, LOG_FORMAT: process.env.LOG_FORMAT?.trim() || 'pretty', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Out of reach of the terminal's Ctrl-C: they are stopped from here, in order.
    detached: true,
  });
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

async function answersReady(url: string): Promise<boolean> {
  try {
    return (await getDirectly(new URL('/readyz', url), 1_000)).status === 200;
  } catch {
    return false;
  }
}

function welcome(url: string, dataDirectory: string): string {
  const changed = ['FRONTEND_PORT', 'DATA_DIR'].filter((name) => process.env[name]);
  const settings = changed.map((name) => `${name}=${process.env[name]} `).join('');
  return `
Ready: ${url}   (open it to watch; state in ${dataDirectory}/, Ctrl-C stops everything)

  curl ${url}/stocks/GameStart
  curl -d '{"name":"GameStart","quantity":1,"type":"buy"}' ${url}/orders
  curl ${url}/orders/1
  npm run stock -- status --url ${url}
  npm run stock -- load --url ${url}   # trade with five sessions
  ${settings}scripts/simulate_crashes.sh 3      # kill the leader and watch nothing happen

`;
}
