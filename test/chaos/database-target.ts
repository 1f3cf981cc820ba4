// The services as processes whose ledger is in a real PostgreSQL, a primary with a synchronous standby, shared by two
// catalogs.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exportLedger } from '../../src/audit/ledger-transfer.js';
import { eventually } from '../support/eventually.js';
import type { Weather } from '../support/link.js';
import { PostgresPair } from '../support/postgres-pair.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { ledgerIn } from '../support/postgres-system.js';
import type { ProcessName } from '../support/system.js';
import { ledgerUrl, type LinkName } from './links.js';
import { NativeTarget, type NativeOptions } from './native-target.js';
import type { Ability, ExportedLedger, LedgerRole, MachineName, Target } from './target.js';

const databaseNames = ['database', 'database-2'] as const;
type DatabaseName = (typeof databaseNames)[number];

const isDatabase = (name: MachineName): name is DatabaseName =>
  (databaseNames as readonly MachineName[]).includes(name);

/** Every connection of a catalog has this name, see src/catalog/database/postgres-session.ts. */
const breakConnections =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stock-catalog'";

export class DatabaseTarget implements Target {
  readonly #services: NativeTarget;
  readonly #pair: PostgresPair;

  private constructor(services: NativeTarget, pair: PostgresPair) {
    this.#services = services;
    this.#pair = pair;
  }

  /** Starts the database, and sets up the system without starting it. */
  static async create({
    settings,
    ...options
  }: Omit<NativeOptions, 'databasePorts'>): Promise<DatabaseTarget> {
    const pair = await PostgresPair.start();
    const databasePorts = pair.servers.map(({ port }) => port);
    const url = ledgerUrl(databasePorts.map((port) => `127.0.0.1:${port}`).join(','));
    const services = await NativeTarget.create({
      ...options,
      databasePorts,
      settings: { ...settings, ...ledgerIn(url) },
    });
    return new DatabaseTarget(services, pair);
  }

  get url(): string {
    return this.#services.url;
  }

  get impossible(): ReadonlyMap<Ability, string> {
    return this.#services.impossible;
  }

  get complaints(): readonly string[] {
    return this.#services.complaints;
  }

  get cast(): Readonly<Partial<Record<LedgerRole, MachineName>>> {
    const { primaryIndex } = this.#pair;
    return {
      ...this.#services.cast,
      database: databaseNames[primaryIndex],
      'other database': databaseNames[1 - primaryIndex] as DatabaseName,
    };
  }

  start(): Promise<void> {
    return this.#services.start();
  }

  kill(name: MachineName): Promise<void> {
    return isDatabase(name) ? this.#server(name).end('SIGKILL') : this.#services.kill(name);
  }

  crash(): Promise<void> {
    return this.#services.crash();
  }

  recover(): Promise<void> {
    return this.#services.recover();
  }

  launch(name: MachineName): Promise<void> {
    return isDatabase(name) ? this.#server(name).launch() : this.#services.launch(name);
  }

  async pause(name: MachineName): Promise<void> {
    return isDatabase(name) ? this.#server(name).signalAll('SIGSTOP') : this.#services.pause(name);
  }

  async resume(name: MachineName): Promise<void> {
    return isDatabase(name) ? this.#server(name).signalAll('SIGCONT') : this.#services.resume(name);
  }

  unplug(): Promise<void> {
    return this.#services.unplug();
  }

  plug(): Promise<void> {
    return this.#services.plug();
  }

  async disconnect(): Promise<void> {
    await this.#pair.primary.query(breakConnections);
  }

  failOver(): Promise<void> {
    return this.#pair.failOver();
  }

  setWeather(link: LinkName, weather: Weather): Promise<void> {
    return this.#services.setWeather(link, weather);
  }

  fillDisk(name: ProcessName): Promise<void> {
    return this.#services.fillDisk(name);
  }

  freeDisk(name: ProcessName): Promise<void> {
    return this.#services.freeDisk(name);
  }

  logs(): Promise<string> {
    return this.#services.logs();
  }

  files(): Promise<string> {
    return this.#services.files();
  }

  async exportLedger(): Promise<ExportedLedger> {
    const directory = join(await this.files(), 'exported');
    const differences: string[] = [];
    const note = (error: unknown): void => void differences.push((error as Error).message);
    await this.#pair.areEqual().catch(note);
    await eventually(() => this.#exportAndCompare(directory)).catch(note);
    return { directory, differences };
  }

  async close(keepsFiles: boolean): Promise<void> {
    await this.#services.close(keepsFiles);
    await this.#pair.close();
  }

  /** Each time anew: a term may still begin. */
  async #exportAndCompare(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    await exportLedger(this.#pair.primary.url, directory);
    await this.#compareViews(directory);
  }

  /** The active catalog's journal.csv shows all of it; the other's, if it ever was the active one, a beginning. */
  async #compareViews(directory: string): Promise<void> {
    const ledger = await readFile(journalIn(directory), 'utf8');
    const { catalog, 'other catalog': other } = this.cast;
    const [active, former] = await Promise.all(
      [catalog, other].map((name) =>
        readFile(journalIn(this.#services.parentOf(name as MachineName)), 'utf8').catch(() => ''),
      ),
    );
    if (active !== ledger) {
      throw new Error(`journal.csv of ${catalog}, which is active, is not what the database holds`);
    }
    // A crash may have cut off the last line.
    if (!ledger.startsWith(former?.slice(0, former.lastIndexOf('\n') + 1) ?? '')) {
      throw new Error(`journal.csv of ${other} is no beginning of what the database holds`);
    }
  }

  #server(name: DatabaseName): PostgresServer {
    return this.#pair.servers[databaseNames.indexOf(name)] as PostgresServer;
  }
}

const journalIn = (parent: string): string => join(parent, 'catalog', 'journal.csv');
