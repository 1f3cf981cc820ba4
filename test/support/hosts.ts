// Hosts on this one: network namespaces on a bridge, each with an address, its processes, and a cable that can be pulled.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from '../../src/shared/node-flags.js';

const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });

/** Whether namespaces can be made here: only root may, on Linux. */
function canMakeHosts(): boolean {
  try {
    ip('netns', 'add', 'stock-trial');
    ip('netns', 'del', 'stock-trial');
    return true;
  } catch {
    return false;
  }
}

/** To be called in a suite: skips it where there can be no hosts, and says so; fails if REQUIRE_HOSTS=1. */
export function needsHosts(): void {
  before(function () {
    if (canMakeHosts()) {
      return;
    }
    if (process.env.REQUIRE_HOSTS === '1') {
      throw new Error('REQUIRE_HOSTS=1, but no network namespace can be made: be root, and install iproute2');
    }
    console.log('    Skipped, because no network namespaces can be made: that takes root, and iproute2');
    this.skip();
  });
}

export class Host {
  readonly address: string;
  readonly #name: string;
  readonly #cable: string;
  readonly #switch: string;
  readonly #onOutput: (text: string) => void;
  readonly #children = new Map<string, ChildProcess>();

  constructor(network: string, number: number, onOutput: (text: string) => void) {
    this.address = `${subnet}.${number}`;
    this.#name = `${network}-${number}`;
    this.#cable = `${network}v${number}`;
    this.#onOutput = onOutput;
    ip('netns', 'add', this.#name);
    this.#switch = switchOf(network);
    ip(
      '-n',
      this.#switch,
      'link',
      'add',
      this.#cable,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      this.#name,
    );
    ip('-n', this.#switch, 'link', 'set', this.#cable, 'master', bridge, 'up');
    for (const args of [
      ['addr', 'add', `${this.address}/24`, 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
      ['link', 'set', 'lo', 'up'],
    ]) {
      ip('-n', this.#name, ...args);
    }
  }

  /** Starts a service: `catalog`, `frontend`, `order-2`. */
  launch(name: string, environment: Readonly<Record<string, string>>): void {
    const [service = '', replica = ''] = name.split('-');
    const main = fileURLToPath(new URL(`../../src/${service}/main.js`, import.meta.url));
    const command = ['netns', 'exec', this.#name, process.execPath, ...nodeFlags(service), main];
    const child = spawn('ip', command, {
      env: { PATH: process.env.PATH, BIND_HOST: this.address, REPLICA_ID: replica, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (text: Buffer) => this.#onOutput(text.toString()));
    child.stderr.on('data', (text: Buffer) => this.#onOutput(text.toString()));
    this.#children.set(name, child);
  }

  pullCable(): void {
    ip('-n', this.#switch, 'link', 'set', this.#cable, 'down');
  }

  plugCable(): void {
    ip('-n', this.#switch, 'link', 'set', this.#cable, 'up');
  }

  /** All of its processes end at once. `ip` has become the process that it started. */
  async powerOff(): Promise<void> {
    const children = [...this.#children.values()];
    this.#children.clear();
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL');
          await once(child, 'exit');
        }
      }),
    );
  }

  async close(): Promise<void> {
    await this.powerOff();
    ip('netns', 'del', this.#name);
  }
}

const subnet = '10.77.0';
const bridge = 'bridge';
/** The namespace of the switch that all hosts are on. */
const switchOf = (network: string): string => `${network}-0`;

/** Hosts 1 to n, and this machine beside them at `gateway`. */
export class Hosts {
  readonly gateway = `${subnet}.254`;
  readonly subnet = `${subnet}.0/24`;
  readonly all: readonly Host[];
  readonly #network: string;
  #output = '';

  constructor(count: number) {
    // Names of interfaces are short.
    this.#network = `stk${process.pid % 100_000}`;
    const own = switchOf(this.#network);
    // In a namespace of its own: this machine's firewall may not let bridges pass.
    ip('netns', 'add', own);
    ip('-n', own, 'link', 'add', bridge, 'type', 'bridge');
    ip('-n', own, 'link', 'set', bridge, 'up');
    ip('link', 'add', this.#network, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', own);
    ip('-n', own, 'link', 'set', 'uplink', 'master', bridge, 'up');
    ip('addr', 'add', `${this.gateway}/24`, 'dev', this.#network);
    ip('link', 'set', this.#network, 'up');
    this.all = Array.from(
      { length: count },
      (_, index) => new Host(this.#network, index + 1, (text) => (this.#output += text)),
    );
  }

  /** What the processes have logged, for a failing test. */
  get output(): string {
    return this.#output;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((host) => host.close()));
    ip('netns', 'del', switchOf(this.#network));
  }
}
