// A system whose ledger is in a real PostgreSQL server.
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { freePorts, System } from './system.js';

/** Journal.csv is only a view there: brought up to date so often, ms. */
const viewIntervalMs = 100;

/** The settings of a system whose ledger is there. */
export const ledgerIn = (url: string): Record<string, string> => ({
  LEDGER: 'postgres',
  LEDGER_URL: url,
  SNAPSHOT_INTERVAL_MS: String(viewIntervalMs),
});

export async function postgresSystem(url: string, settings: Record<string, string> = {}): Promise<System> {
  return System.create({ ...ledgerIn(url), ...settings });
}

/** Where the second catalog of a system keeps its views. */
export const secondDirectory = ({ dataDirectory }: System): string => join(dataDirectory, 'second');

/** The settings of the second catalog of a system. */
export const secondCatalog = (system: System, port: number): Record<string, string> => ({
  CATALOG_PORT: String(port),
  DATA_DIR: secondDirectory(system),
  TLS_DIR: join(system.dataDirectory, 'tls'),
});

/** A system with two catalogs on one database; `catalog` is the active one when it is ready. */
export class TwoCatalogs {
  readonly system: System;
  readonly #second: Record<string, string>;

  private constructor(system: System, second: Record<string, string>) {
    this.system = system;
    this.#second = second;
  }

  static async start(url: string, settings: Record<string, string> = {}): Promise<TwoCatalogs> {
    const [first = 0, second = 0] = await freePorts(2);
    const addresses = [first, second].map((port) => `127.0.0.1:${port}`).join(',');
    const system = await postgresSystem(url, {
      CATALOG_PORT: String(first),
      CATALOG_ADDRESSES: addresses,
      ...settings,
    });
    const two = new TwoCatalogs(system, secondCatalog(system, second));
    system.startAll();
    await system.ready();
    two.launchSecond();
    await two.secondStandsBy();
    return two;
  }

  launchSecond(): void {
    this.system.launch('catalog-2', this.#second);
  }

  /** Where the second catalog keeps its views. */
  get secondDirectory(): string {
    return secondDirectory(this.system);
  }

  async secondStandsBy(): Promise<void> {
    await eventually(() => {
      if (!this.system.output.includes('stands by')) {
        throw new Error('the second catalog does not stand by');
      }
    });
  }
}
