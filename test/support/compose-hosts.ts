// Hosts on this one for Docker Compose: each has an address, its directory, and a project of its own.
import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const call = (program: string, ...args: readonly string[]): void =>
  void execFileSync(program, args, { stdio: 'pipe' });

// Names of interfaces are short.
const networkCard = `stk${process.pid % 100_000}`;
const addressOf = (number: number): string => `10.78.0.${number}`;
/**
 * Docker keeps the bridges of one machine apart, also where one calls a published port of another: between machines that
 * call comes over the network.
 */
const passage = ['DOCKER-USER', '-m', 'conntrack', '--ctstate', 'DNAT', '-j', 'ACCEPT'];

function addAddresses(count: number): void {
  call('ip', 'link', 'add', networkCard, 'type', 'bridge');
  call('ip', 'link', 'set', networkCard, 'up');
  for (let number = 1; number <= count; number += 1) {
    call('ip', 'addr', 'add', `${addressOf(number)}/24`, 'dev', networkCard);
  }
  call('iptables', '-I', ...passage);
}

function removeAddresses(): void {
  for (const [program, ...args] of [
    ['iptables', '-D', ...passage],
    ['ip', 'link', 'del', networkCard],
  ] as const) {
    try {
      call(program, ...args);
    } catch {
      // It was not made.
    }
  }
}

/** To be called in a suite: skips it where there can be no addresses, and says so; fails if REQUIRE_HOSTS=1. */
export function needsAddresses(): void {
  before(function () {
    try {
      addAddresses(1);
    } catch (error) {
      if (process.env.REQUIRE_HOSTS === '1') {
        throw new Error(
          'REQUIRE_HOSTS=1, but no addresses can be made: be root, install iproute2 and iptables',
          {
            cause: error,
          },
        );
      }
      console.log('    Skipped, because no addresses can be made: that takes root, iproute2 and iptables');
      this.skip();
    } finally {
      removeAddresses();
    }
  });
}

export interface HostPlan {
  readonly name: string;
  /** Its Compose file. */
  readonly file: string;
  /** Whose certificates it has. */
  readonly services: readonly string[];
}

export class ComposeHost {
  readonly address: string;
  readonly directory: string;
  readonly #plan: HostPlan;

  constructor(directory: string, address: string, plan: HostPlan) {
    this.directory = directory;
    this.address = address;
    this.#plan = plan;
  }

  /** What is on the host before anything is started: the files of deploy/, a .env, and the certificates of its services. */
  async prepare(certificates: string, settings: Readonly<Record<string, string>>): Promise<void> {
    await cp('deploy', join(this.directory, 'deploy'), { recursive: true });
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(this.directory, 'deploy', '.env'), lines.join(''));
    for (const service of this.#plan.services) {
      await cp(join(certificates, service), join(this.volumes, 'tls', service), { recursive: true });
    }
  }

  get volumes(): string {
    return join(this.directory, 'volumes');
  }

  compose(...args: readonly string[]): Promise<string> {
    return this.#docker('compose', '-f', this.#plan.file, ...args);
  }

  /** Everything on it ends at once. */
  async powerOff(): Promise<void> {
    const containers = (await this.compose('ps', '--quiet')).trim().split('\n');
    await this.#docker('kill', ...containers);
  }

  async #docker(...args: readonly string[]): Promise<string> {
    // Nothing of this process's settings: a host has its own.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME };
    return (await run('docker', args, { cwd: this.directory, env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  }
}

/** Hosts with addresses of their own, and one more address for what is on this machine beside them. */
export class ComposeHosts {
  readonly all: readonly ComposeHost[];
  readonly gateway: string;
  readonly directory: string;

  private constructor(directory: string, plans: readonly HostPlan[]) {
    this.directory = directory;
    this.all = plans.map(
      (plan, index) => new ComposeHost(join(directory, plan.name), addressOf(index + 1), plan),
    );
    this.gateway = addressOf(plans.length + 1);
  }

  static async create(plans: readonly HostPlan[]): Promise<ComposeHosts> {
    const hosts = new ComposeHosts(await mkdtemp(join(tmpdir(), 'stock-hosts-')), plans);
    await Promise.all(hosts.all.map(({ directory }) => mkdir(directory)));
    addAddresses(plans.length + 1);
    return hosts;
  }

  async logs(): Promise<string> {
    return (
      await Promise.all(this.all.map((host) => host.compose('logs', '--no-color', '--tail', '30')))
    ).join('');
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((host) => host.compose('down', '--timeout', '0')));
    removeAddresses();
    await rm(this.directory, { recursive: true, force: true });
  }
}
