// The five services as processes on loopback, each link through a proxy in this process.
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { limitFileSize, reasonAgainstLimits } from '../support/file-size-limit.js';
import { secondCatalog, secondDirectory } from '../support/postgres-system.js';
import { freePorts, serviceNames, System, type ProcessName } from '../support/system.js';
import { Link, type Weather } from '../support/link.js';
import { allLinks, linkSettings, linkText, sharedLedgerLinks, wayOf, type LinkName } from './links.js';
import type { Ability, LedgerRole, MachineName, Preparation, Target } from './target.js';

/** A full disk leaves room for so many bytes: not enough for a trade, so that the last one is torn. */
const roomBytes = 11;

/** How long after a process has ended by itself it is started again, ms. */
const restartMs = 1_000;

const portSettings: Readonly<Record<string, string>> = {
  catalog: 'CATALOG_PORT',
  'order-1': 'ORDER_1_PORT',
  'order-2': 'ORDER_2_PORT',
  'order-3': 'ORDER_3_PORT',
  frontend: 'FRONTEND_INTERNAL_PORT',
};

const host = '127.0.0.1';

const noSupervisor = 'nobody starts a process again here';
const filesOnly = 'the ledger is in files';

/** What a catalog says that answers from now on. */
const activePattern = /catalog is the active one/;
/** The last words of a catalog that must end: another one has gone on, or a new process can wait better. */
const byDesignPattern = /another catalog has become the active one|the database has not answered for \d+ s/;
/** So much of what a process has said is kept, to show why it has ended. */
const lastWordsLength = 4_000;

export interface NativeOptions {
  /** For the jitter of the links; without it there are no proxies, and no link can be hurt. */
  readonly chance?: () => number;
  readonly settings?: Readonly<Record<string, string>>;
  /** What to do with the directory of the services' files before they start. */
  readonly prepare?: Preparation;
  /** The ports of the database in which two catalogs have their ledger, a primary and a standby; left out: files. */
  readonly databasePorts?: readonly number[];
}

export class NativeTarget implements Target {
  readonly impossible: ReadonlyMap<Ability, string>;
  readonly complaints: string[] = [];
  readonly #system: System;
  readonly #names: readonly ProcessName[];
  readonly #links = new Map<string, Link>();
  readonly #settings = new Map<MachineName, Record<string, string>>();
  readonly #children = new Map<MachineName, ChildProcess>();
  #activeCatalog: 'catalog' | 'catalog-2' = 'catalog';
  #isClosing = false;

  private constructor(
    system: System,
    names: readonly ProcessName[],
    impossible: ReadonlyMap<Ability, string>,
  ) {
    this.#system = system;
    this.#names = names;
    this.impossible = impossible;
  }

  /** Sets up a system without starting it. */
  static async create(options: NativeOptions = {}): Promise<NativeTarget> {
    const { chance, settings = {}, prepare, databasePorts } = options;
    const system = await System.create(settings);
    await prepare?.(system.dataDirectory);
    const names = databasePorts ? ([...serviceNames, 'catalog-2'] as const) : serviceNames;
    const target = new NativeTarget(system, names, await impossibleHere(options));
    const ports = new Map<MachineName, number>(
      serviceNames.map((name) => [name, Number(system.environment[portSettings[name] as string])]),
    );
    if (databasePorts) {
      const [secondPort = 0] = await freePorts(1);
      target.#settings.set('catalog-2', secondCatalog(system, secondPort));
      [secondPort, ...databasePorts].forEach((port, index) =>
        ports.set((['catalog-2', 'database', 'database-2'] as const)[index] as MachineName, port),
      );
    }
    const links = databasePorts ? [...allLinks, ...sharedLedgerLinks] : allLinks;
    const addressOf = chance
      ? await target.#openLinks(links, ports, chance)
      : ({ to }: LinkName) => `${host}:${ports.get(to)}`;
    for (const name of names) {
      target.#settings.set(name, {
        ...target.#settings.get(name),
        ...linkSettings(name, links, addressOf),
      });
    }
    return target;
  }

  /** @returns where the proxy of each link listens */
  async #openLinks(
    links: readonly LinkName[],
    targetPorts: ReadonlyMap<MachineName, number>,
    chance: () => number,
  ): Promise<(link: LinkName) => string> {
    const ports = await freePorts(links.length);
    for (const [index, link] of links.entries()) {
      const targetPort = targetPorts.get(link.to) as number;
      const ends = { host, port: ports[index] as number, targetHost: host, targetPort };
      this.#links.set(linkText(link), await Link.open(ends, chance));
    }
    return (link) => `${host}:${ports[links.findIndex((each) => linkText(each) === linkText(link))]}`;
  }

  get cast(): Readonly<Partial<Record<LedgerRole, MachineName>>> {
    const catalog = this.#activeCatalog;
    return this.#names.includes('catalog-2')
      ? { catalog, 'other catalog': catalog === 'catalog' ? 'catalog-2' : 'catalog' }
      : { catalog };
  }

  /** Where a catalog keeps its files, or its views of the database; to be given to `files` and the like. */
  parentOf(name: MachineName): string {
    return name === 'catalog-2' ? secondDirectory(this.#system) : this.#system.dataDirectory;
  }

  get url(): string {
    return this.#system.url;
  }

  async start(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.launch(name)));
    await this.#system.ready();
  }

  async kill(name: ProcessName): Promise<void> {
    this.#children.delete(name);
    await this.#system.kill(name);
  }

  crash(): Promise<void> {
    throw new Error(noSupervisor);
  }

  recover(): Promise<void> {
    throw new Error(noSupervisor);
  }

  async launch(name: ProcessName): Promise<void> {
    if (this.#children.has(name)) {
      return;
    }
    const child = this.#system.launch(name, this.#settings.get(name));
    this.#children.set(name, child);
    let lastWords = '';
    child.stdout?.on('data', (data: Buffer) => {
      const text = data.toString();
      lastWords = (lastWords + text).slice(-lastWordsLength);
      if ((name === 'catalog' || name === 'catalog-2') && activePattern.test(text)) {
        this.#activeCatalog = name;
      }
    });
    child.once('close', (code, signal) => {
      if (this.#children.get(name) === child && !this.#isClosing) {
        this.#children.delete(name);
        if (!byDesignPattern.test(lastWords)) {
          this.complaints.push(`${name} ended by itself: ${signal ?? `exit code ${code}`}`);
        }
        // As `npm start` would do, so that the run goes on and shows what else comes of it.
        setTimeout(() => this.#isClosing || void this.launch(name), restartMs).unref();
      }
    });
  }

  async pause(name: ProcessName): Promise<void> {
    this.#system.pause(name);
  }

  async resume(name: ProcessName): Promise<void> {
    this.#system.resume(name);
  }

  unplug(): Promise<void> {
    throw new Error('processes share one network');
  }

  plug(): Promise<void> {
    throw new Error('processes share one network');
  }

  disconnect(): Promise<void> {
    throw new Error(filesOnly);
  }

  failOver(): Promise<void> {
    throw new Error(filesOnly);
  }

  async setWeather(link: LinkName, weather: Weather): Promise<void> {
    const proxy = this.#links.get(linkText(wayOf(link)));
    if (!proxy) {
      throw new Error(`there is no link ${linkText(link)}`);
    }
    proxy.weather = weather;
  }

  async fillDisk(name: ProcessName): Promise<void> {
    const file = name.startsWith('catalog') ? 'catalog/journal.csv' : `${name}/orders.csv`;
    const { size } = statSync(join(this.parentOf(name), file));
    await this.#limit(name, size + roomBytes);
  }

  async freeDisk(name: ProcessName): Promise<void> {
    await this.#limit(name, 'unlimited');
  }

  async logs(): Promise<string> {
    return this.#system.output;
  }

  async files(): Promise<string> {
    return this.#system.dataDirectory;
  }

  async close(keepsFiles: boolean): Promise<void> {
    this.#isClosing = true;
    this.#links.forEach((link) => link.close());
    await (keepsFiles ? this.#system.killAll() : this.#system.close());
  }

  async #limit(name: ProcessName, bytes: number | 'unlimited'): Promise<void> {
    const pid = this.#children.get(name)?.pid;
    if (pid !== undefined) {
      await limitFileSize(pid, bytes);
    }
  }
}

async function impossibleHere({ chance, databasePorts }: NativeOptions): Promise<Map<Ability, string>> {
  const impossible = new Map<Ability, string>([
    ['crash', noSupervisor],
    ['unplug', 'processes share one network'],
  ]);
  const reason = await reasonAgainstLimits();
  if (reason) {
    impossible.set('full disk', reason);
  }
  if (!chance) {
    impossible.set('links', 'the services call each other directly');
  }
  if (!databasePorts) {
    impossible.set('database', filesOnly);
  }
  return impossible;
}
