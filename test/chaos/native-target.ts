// The five services as processes on loopback, each link through a proxy in this process.
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { limitFileSize, reasonAgainstLimits } from '../support/file-size-limit.js';
import { freePorts, serviceNames, System, type ServiceName } from '../support/system.js';
import { Link, type Weather } from '../support/link.js';
import { allLinks, linkSettings, linkText, type LinkName } from './links.js';
import type { Ability, Preparation, Target } from './target.js';

/** A full disk leaves room for so many bytes: not enough for a trade, so that the last one is torn. */
const roomBytes = 11;

/** How long after a process has ended by itself it is started again, ms. */
const restartMs = 1_000;

const portSettings: Readonly<Record<ServiceName, string>> = {
  catalog: 'CATALOG_PORT',
  'order-1': 'ORDER_1_PORT',
  'order-2': 'ORDER_2_PORT',
  'order-3': 'ORDER_3_PORT',
  frontend: 'FRONTEND_INTERNAL_PORT',
};

const noSupervisor = 'nobody starts a process again here';

export class NativeTarget implements Target {
  readonly impossible: ReadonlyMap<Ability, string>;
  readonly complaints: string[] = [];
  readonly #system: System;
  readonly #links: ReadonlyMap<string, Link>;
  readonly #settings: ReadonlyMap<ServiceName, Record<string, string>>;
  readonly #children = new Map<ServiceName, ChildProcess>();
  #isClosing = false;

  private constructor(
    system: System,
    links: ReadonlyMap<string, Link>,
    settings: ReadonlyMap<ServiceName, Record<string, string>>,
    impossible: ReadonlyMap<Ability, string>,
  ) {
    this.#system = system;
    this.#links = links;
    this.#settings = settings;
    this.impossible = impossible;
  }

  /**
   * Sets up a system without starting it.
   * @param chance for the jitter of the links; without it there are no proxies, and no link can be hurt
   * @param prepare what to do with the directory of the services' files before they start
   */
  static async create(
    chance?: () => number,
    ownSettings: Record<string, string> = {},
    prepare: Preparation = async () => undefined,
  ): Promise<NativeTarget> {
    const system = await System.create(ownSettings);
    await prepare(system.dataDirectory);
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
      return new NativeTarget(system, new Map(), new Map(), impossible);
    }
    const ports = await freePorts(allLinks.length);
    const links = new Map<string, Link>();
    for (const [index, link] of allLinks.entries()) {
      const targetPort = Number(system.environment[portSettings[link.to]]);
      const host = '127.0.0.1';
      const ends = { host, port: ports[index] as number, targetHost: host, targetPort };
      links.set(linkText(link), await Link.open(ends, chance));
    }
    const addressOf = (link: LinkName): string =>
      `127.0.0.1:${ports[allLinks.findIndex((each) => linkText(each) === linkText(link))]}`;
    const settings = new Map(serviceNames.map((name) => [name, linkSettings(name, addressOf)]));
    return new NativeTarget(system, links, settings, impossible);
  }

  get url(): string {
    return this.#system.url;
  }

  async start(): Promise<void> {
    await Promise.all(serviceNames.map((name) => this.launch(name)));
    await this.#system.ready();
  }

  async kill(name: ServiceName): Promise<void> {
    this.#children.delete(name);
    await this.#system.kill(name);
  }

  crash(): Promise<void> {
    throw new Error(noSupervisor);
  }

  recover(): Promise<void> {
    throw new Error(noSupervisor);
  }

  async launch(name: ServiceName): Promise<void> {
    if (this.#children.has(name)) {
      return;
    }
    const child = this.#system.launch(name, this.#settings.get(name));
    this.#children.set(name, child);
    child.once('exit', (code, signal) => {
      if (this.#children.get(name) === child && !this.#isClosing) {
        this.#children.delete(name);
        this.complaints.push(`${name} ended by itself: ${signal ?? `exit code ${code}`}`);
        // As `npm start` would do, so that the run goes on and shows what else comes of it.
        setTimeout(() => this.#isClosing || void this.launch(name), restartMs).unref();
      }
    });
  }

  async pause(name: ServiceName): Promise<void> {
    this.#system.pause(name);
  }

  async resume(name: ServiceName): Promise<void> {
    this.#system.resume(name);
  }

  unplug(): Promise<void> {
    throw new Error('processes share one network');
  }

  plug(): Promise<void> {
    throw new Error('processes share one network');
  }

  async setWeather(link: LinkName, weather: Weather): Promise<void> {
    const proxy = this.#links.get(linkText(link));
    if (!proxy) {
      throw new Error(`there is no link ${linkText(link)}`);
    }
    proxy.weather = weather;
  }

  async fillDisk(name: ServiceName): Promise<void> {
    const file = name === 'catalog' ? 'journal.csv' : 'orders.csv';
    const { size } = statSync(join(this.#system.dataDirectory, name, file));
    await this.#limit(name, size + roomBytes);
  }

  async freeDisk(name: ServiceName): Promise<void> {
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

  async #limit(name: ServiceName, bytes: number | 'unlimited'): Promise<void> {
    const pid = this.#children.get(name)?.pid;
    if (pid !== undefined) {
      await limitFileSize(pid, bytes);
    }
  }
}
