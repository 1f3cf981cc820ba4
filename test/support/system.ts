// The five real processes on loopback, on free ports and in a directory of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { nodeFlags } from '../../src/shared/node-flags.js';
import { eventually } from './eventually.js';
import { HttpClient } from './http.js';

export const serviceNames = ['catalog', 'order-1', 'order-2', 'order-3', 'frontend'] as const;
export type ServiceName = (typeof serviceNames)[number];
/** One of the five, or a second catalog on the same database. */
export type ProcessName = ServiceName | 'catalog-2';

const portSettings = [
  'FRONTEND_PORT',
  'FRONTEND_INTERNAL_PORT',
  'CATALOG_PORT',
  'ORDER_1_PORT',
  'ORDER_2_PORT',
  'ORDER_3_PORT',
] as const;

interface ReplicaBody {
  readonly id: number;
  readonly role: string;
  readonly term: number;
  readonly last_transaction_num: number;
  readonly lag: number;
  readonly in_sync: boolean;
  readonly checksum: string;
}

export interface ClusterBody {
  readonly leader_id: number;
  readonly term: number;
  readonly replicas: readonly ReplicaBody[];
  readonly cache: {
    readonly hits: number;
    readonly misses: number;
    readonly bypasses: number;
    readonly lease_live: boolean;
  };
}

/**
 * The settings of a ledger in a new database, if TEST_LEDGER_URL names one on a server where databases may be made; see
 * with-postgres.ts.
 */
async function ledgerSettings(): Promise<Record<string, string>> {
  const url = process.env.TEST_LEDGER_URL;
  if (!url) {
    return {};
  }
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return {
    LEDGER: 'postgres',
    LEDGER_URL: url.replace(/[^/]+$/, name),
    // journal.csv is only a view then.
    SNAPSHOT_INTERVAL_MS: '100',
  };
}

/** Ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

export class System {
  readonly dataDirectory: string;
  readonly environment: Record<string, string>;
  readonly client: HttpClient;
  readonly #children = new Map<ProcessName, ChildProcess>();
  readonly #output: string[] = [];
  readonly #onClose: (() => Promise<void>)[] = [];

  private constructor(dataDirectory: string, environment: Record<string, string>) {
    this.dataDirectory = dataDirectory;
    this.environment = environment;
    this.client = new HttpClient(this.url, 8);
  }

  /**
   * Sets up a system without starting it.
   * @param dataParent where its directory is made: what is measured depends on that disk
   */
  static async create(settings: Record<string, string> = {}, dataParent = tmpdir()): Promise<System> {
    const dataDirectory = await mkdtemp(join(dataParent, 'stock-test-'));
    const ports = await freePorts(portSettings.length);
    const environment = Object.fromEntries(
      portSettings.map((setting, index) => [setting, String(ports[index])]),
    );
    return new System(dataDirectory, {
      ...environment,
      DATA_DIR: dataDirectory,
      LOG_FORMAT: 'json',
      // Only the ports above are free for certain.
      METRICS_PORT_OFFSET: '0',
      ...(await ledgerSettings()),
      ...settings,
    });
  }

  /** Starts all five processes and waits until trades succeed. */
  static async start(settings: Record<string, string> = {}): Promise<System> {
    const system = await System.create(settings);
    system.startAll();
    try {
      await system.ready();
      return system;
    } catch (error) {
      // Nobody else knows of it.
      await system.close();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.environment.FRONTEND_PORT}`;
  }

  get internalUrl(): string {
    return `http://127.0.0.1:${this.environment.FRONTEND_INTERNAL_PORT}`;
  }

  /** What the processes have logged, for a failing test. */
  get output(): string {
    return this.#output.join('');
  }

  startAll(): void {
    serviceNames.forEach((name) => this.launch(name));
  }

  /** @param logDescriptor where its log goes, and what it says on standard error; by default `output` shows them */
  launch(
    name: ProcessName,
    settings: Record<string, string> = {},
    logDescriptor: number | 'pipe' = 'pipe',
  ): ChildProcess {
    const [service = '', replicaId = ''] = name.split('-');
    const main = fileURLToPath(new URL(`../../src/${service}/main.js`, import.meta.url));
    const child = spawn(process.execPath, [...nodeFlags(service), main], {
      env: { PATH: process.env.PATH, ...this.environment, REPLICA_ID: replicaId, ...settings },
      stdio: ['ignore', logDescriptor, logDescriptor],
    });
    child.stdout?.on('data', (text: Buffer) => this.#output.push(text.toString()));
    child.stderr?.on('data', (text: Buffer) => this.#output.push(text.toString()));
    this.#children.set(name, child);
    return child;
  }

  /** The process of a service, as long as nobody has ended it from here. */
  child(name: ProcessName): ChildProcess | undefined {
    return this.#children.get(name);
  }

  async kill(name: ProcessName, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#children.keys()].map((name) => this.kill(name)));
  }

  pause(name: ProcessName): void {
    this.#children.get(name)?.kill('SIGSTOP');
  }

  resume(name: ProcessName): void {
    this.#children.get(name)?.kill('SIGCONT');
  }

  /** Waits until a trade would succeed. */
  async ready(withinMs = 15_000): Promise<void> {
    await eventually(async () => {
      const { status, text } = await this.client.send({ path: '/readyz' });
      if (status !== 200) {
        throw new Error(`not ready: ${text}\n${this.output}`);
      }
    }, withinMs);
  }

  async cluster(): Promise<ClusterBody> {
    return ((await this.client.send({ path: '/cluster' })).json as { data: ClusterBody }).data;
  }

  async leaderName(): Promise<ServiceName> {
    return `order-${(await this.cluster()).leader_id}` as ServiceName;
  }

  /** Waits until all three replicas are in sync: the form of `converged` for a system under load. */
  async inSync(): Promise<void> {
    await eventually(async () => {
      const { replicas } = await this.cluster();
      if (replicas.some(({ in_sync: inSync }) => !inSync)) {
        throw new Error(`not in sync: ${JSON.stringify(replicas)}`);
      }
    }, 15_000);
  }

  /** Waits until the frontend knows that a replica is down. */
  async knownDown(replica: number): Promise<void> {
    await eventually(async () => {
      const { replicas } = await this.cluster();
      if (replicas.find(({ id }) => id === replica)?.role !== 'down') {
        throw new Error(`replica ${replica} is not down: ${JSON.stringify(replicas)}`);
      }
    });
  }

  /** Waits until all three replicas hold the same log. */
  async converged(withinMs = 15_000): Promise<void> {
    await this.viewed();
    // What is shown may be as old as the last heartbeats.
    await delay(300);
    await eventually(async () => {
      const { replicas } = await this.cluster();
      const ends = new Set(
        replicas.map(({ last_transaction_num: number, checksum }) => `${number} ${checksum}`),
      );
      if (ends.size !== 1 || replicas.some(({ role }) => role === 'down')) {
        throw new Error(`replicas differ: ${JSON.stringify(replicas)}`);
      }
    }, withinMs);
  }

  /** Waits until journal.csv shows what has been answered: where the ledger is in a database, it is a view. */
  async viewed(): Promise<void> {
    if (this.environment.LEDGER === 'postgres') {
      await delay(3 * Number(this.environment.SNAPSHOT_INTERVAL_MS));
    }
  }

  /** Has something ended with the system that it needs. */
  onClose(close: () => Promise<void>): void {
    this.#onClose.push(close);
  }

  /** Stops everything and removes the state. */
  async close(): Promise<void> {
    this.client.close();
    await this.killAll();
    await Promise.all(this.#onClose.splice(0).map((close) => close()));
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}
