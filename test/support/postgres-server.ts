// A real PostgreSQL server on loopback, in a directory and on a port of its own, and standbys of it.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import { eventually } from './eventually.js';
import { freePorts } from './system.js';

const run = promisify(execFile);
const debianDirectory = '/usr/lib/postgresql';

/** Where the server's programs are; undefined if it is not installed. */
function findPrograms(): string | undefined {
  const versions = existsSync(debianDirectory) ? readdirSync(debianDirectory) : [];
  const candidates = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianDirectory, version, 'bin'));
  try {
    candidates.push(execFileSync('pg_config', ['--bindir'], { encoding: 'utf8', stdio: 'pipe' }).trim());
  } catch {
    // It is not on the path.
  }
  return candidates.find((directory) => existsSync(join(directory, 'initdb')));
}

/** The directory of the server's programs. */
export const programs = findPrograms();

export const hasPostgres = programs !== undefined;

/** As whom the server runs: it refuses to be root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) {
    return {};
  }
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

const owner = unprivileged();

function program(name: string, ...args: readonly string[]): Promise<unknown> {
  return run(join(programs as string, name), args, { ...owner, cwd: '/' });
}

/** Of many processes one may have ended by itself. */
function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

export interface PostgresOptions {
  /** Where its directory is made; what is measured depends on that disk. */
  readonly dataParent?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export class PostgresServer {
  readonly port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
  }

  /** A new server with one empty database. */
  static async start({ dataParent, settings = {} }: PostgresOptions = {}): Promise<PostgresServer> {
    const server = await PostgresServer.#make(dataParent);
    await program(
      'initdb',
      '-D',
      server.#data,
      '-U',
      'stock',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    );
    await server.set({
      port: String(server.port),
      listen_addresses: "'127.0.0.1'",
      unix_socket_directories: "''",
      max_connections: '40',
      ...settings,
    });
    await server.launch();
    await server.query('CREATE DATABASE stocks', 'postgres');
    return server;
  }

  static async #make(dataParent = tmpdir()): Promise<PostgresServer> {
    const directory = await mkdtemp(join(dataParent, 'stock-postgres-'));
    if (owner.uid !== undefined && owner.gid !== undefined) {
      await chown(directory, owner.uid, owner.gid);
    }
    const [port = 0] = await freePorts(1);
    return new PostgresServer(directory, port);
  }

  get url(): string {
    return `postgres://stock@127.0.0.1:${this.port}/stocks`;
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  /** Adds settings; they hold from the next launch or reload on. */
  async set(settings: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    await appendFile(join(this.#data, 'postgresql.conf'), lines.join(''));
  }

  async launch(): Promise<void> {
    this.#process = spawn(join(programs as string, 'postgres'), ['-D', this.#data], {
      ...owner,
      cwd: '/',
      stdio: 'ignore',
    });
    await eventually(() => this.query('SELECT', 'postgres'), 15_000);
  }

  /** A user that has to show a password. */
  async addRole(name: string, password: string): Promise<void> {
    await this.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    const rules = join(this.#data, 'pg_hba.conf');
    const others = await readFile(rules, 'utf8');
    await writeFile(rules, `host all ${name} 127.0.0.1/32 scram-sha-256\n${others}`);
    await this.query('SELECT pg_reload_conf()');
  }

  /** Lets others in than this machine, at all of its addresses. */
  async openTo(subnet: string): Promise<void> {
    await appendFile(join(this.#data, 'pg_hba.conf'), `host all all ${subnet} trust\n`);
    await this.set({ listen_addresses: "'*'" });
    await this.end('SIGINT');
    await this.launch();
  }

  /**
   * Ends it: at once with SIGQUIT (like a crash, but each process says so), orderly with SIGINT, and with SIGKILL as a
   * power cut does, all of its processes.
   */
  async end(signal: 'SIGQUIT' | 'SIGINT' | 'SIGKILL' = 'SIGQUIT'): Promise<void> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      if (signal === 'SIGKILL') {
        this.signalAll(signal);
      } else {
        child.kill(signal);
      }
      await exit;
    }
    this.#process = undefined;
  }

  /** Stops all of its processes where they are, lets them go on, or kills them. */
  signalAll(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    const pid = this.#process?.pid;
    const children = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    [String(pid), ...children].forEach((each) => signalIfThere(Number(each), signal));
  }

  /** A standby for which every commit of this server waits from now on. */
  async synchronousStandby(): Promise<PostgresServer> {
    const standby = await PostgresServer.#make();
    await standby.follow(this);
    return standby;
  }

  /** Gives up what it holds, if anything, and is the standby for which every commit of another server waits from now on. */
  async follow(primary: PostgresServer): Promise<void> {
    await this.end();
    await rm(this.#data, { recursive: true, force: true });
    const source = `host=127.0.0.1 port=${primary.port} user=stock application_name=standby`;
    await program('pg_basebackup', '-D', this.#data, '-d', source, '-R', '-X', 'stream', '-c', 'fast');
    // A primary that comes back waits with its first commit until the standby has found it again: by default up to 5 s.
    await this.set({ port: String(this.port), wal_retrieve_retry_interval: "'200ms'" });
    await this.launch();
    await primary.set({ synchronous_standby_names: "'standby'" });
    await primary.query('SELECT pg_reload_conf()');
    await eventually(async () => {
      const [row] = await primary.query<{ sync_state: string }>('SELECT sync_state FROM pg_stat_replication');
      if (row?.sync_state !== 'sync') {
        throw new Error('the standby is not synchronous yet');
      }
    });
  }

  /** Makes a standby the primary, which waits for nobody. */
  async promote(): Promise<void> {
    await this.set({ synchronous_standby_names: "''" });
    await program('pg_ctl', '-D', this.#data, 'promote', '-w');
  }

  async query<Row extends QueryResultRow>(text: string, database = 'stocks'): Promise<Row[]> {
    const client = new Client({ connectionString: this.url.replace(/stocks$/, database) });
    try {
      await client.connect();
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** To be called in a suite: skips it where there is no PostgreSQL, and says so; fails if REQUIRE_POSTGRES=1. */
export function needsPostgres(): void {
  before(function () {
    if (hasPostgres) {
      return;
    }
    if (process.env.REQUIRE_POSTGRES === '1') {
      throw new Error('REQUIRE_POSTGRES=1, but there is no PostgreSQL server: install it');
    }
    console.log('      skipped: there is no PostgreSQL server here (Debian: postgresql)');
    this.skip();
  });
}
