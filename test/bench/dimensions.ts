// What can grow, and how a system is made in which it has.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeStocks } from '../../src/catalog/stock-file.js';
import { makeCertificates } from '../../src/certificates/make-certificates.js';
import { seededRandom, randomInteger } from '../../src/cli/seeded-random.js';
import { stockNames, writeLongHistory } from '../measure/long-history.js';
import { PostgresServer } from '../support/postgres-server.js';
import type { System } from '../support/system.js';
import type { DimensionName } from './options.js';

/** A system in which something has a certain size, and what is asked of it. */
export interface Setting {
  readonly settings: Readonly<Record<string, string>>;
  /** Fills the data directory before the first start, and whatever else the system needs. */
  readonly prepare: (dataDirectory: string, system: System) => Promise<void>;
  readonly connections: number;
  /** The stocks that exist. */
  readonly names: readonly string[];
  /** The stocks that are looked up. */
  readonly lookedUp: readonly string[];
  /** How many pages are open while it is measured. */
  readonly pages: number;
  /** How long the system may take to start, ms. */
  readonly readyMs: number;
}

export interface Dimension {
  readonly title: string;
  readonly sizes: (largestLog: number) => readonly number[];
  /** @param connections for those that are measured with as many as one likes */
  readonly setting: (size: number, connections: number) => Setting;
}

/** Where the number of connections is not what grows. */
const usualConnections = 32;
const readyMs = 30_000;
const readyMsPerOrder = 0.1;

const plain: Setting = {
  settings: {},
  prepare: async () => undefined,
  connections: usualConnections,
  names: stockNames,
  lookedUp: stockNames,
  pages: 0,
  readyMs,
};
/** Every lookup goes through to the catalog: else a small system would be asked, and a large one its cache. */
const uncached = { CACHE_SIZE: '0' };

/** So many names. */
function manyNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `Stock-${index + 1}`);
}

/** Writes a catalog of these stocks where the first start looks for it. */
export function catalogOf(names: readonly string[]): (dataDirectory: string) => Promise<void> {
  const stock = { price: '15.99', quantity: 1_000_000, volume: 0, version: 0 };
  return async (dataDirectory) => {
    const directory = join(dataDirectory, 'catalog');
    await mkdir(directory, { recursive: true });
    await writeStocks(
      join(directory, 'initial_catalog.csv'),
      names.map((name) => ({ name, ...stock })),
    );
  };
}

/** Starts a server beside the data directory that ends with the system. */
async function keepInPostgres(dataDirectory: string, system: System): Promise<void> {
  const server = await PostgresServer.start({ dataParent: dirname(dataDirectory) });
  system.onClose(() => server.close());
  Object.assign(system.environment, { LEDGER: 'postgres', LEDGER_URL: server.url });
}

/** Names drawn uniformly, the same each time. */
export function drawNames(names: readonly string[], count: number): string[] {
  const random = seededRandom(1);
  return Array.from({ length: count }, () => names[randomInteger(random, 0, names.length - 1)] as string);
}

export const dimensions: Readonly<Record<DimensionName, Dimension>> = {
  stocks: {
    title: 'Stocks in the catalog',
    sizes: () => [1, 100, 10_000, 100_000],
    setting: (size) => {
      const names = manyNames(size);
      return { ...plain, settings: uncached, names, lookedUp: names, prepare: catalogOf(names) };
    },
  },
  orders: {
    title: 'Orders in the log',
    sizes: (largestLog) => [0, 100_000, 1_000_000, 10_000_000].filter((size) => size <= largestLog),
    setting: (size) => ({
      ...plain,
      settings: uncached,
      prepare: async (directory) => (size > 0 ? writeLongHistory(directory, size) : undefined),
      readyMs: readyMs + size * readyMsPerOrder,
    }),
  },
  connections: {
    title: 'Connections',
    sizes: () => [1, 10, 100, 1_000],
    setting: (size) => ({
      ...plain,
      connections: size,
      lookedUp: stockNames.slice(0, 1),
      // Else more orders than may be under way would be turned away.
      settings: { MAX_ORDERS_IN_FLIGHT: '1024' },
    }),
  },
  cache: {
    title: 'Stocks that the cache holds, of 10 that are asked for',
    sizes: () => [0, 1, 5, 100],
    setting: (size) => ({ ...plain, settings: { CACHE_SIZE: String(size) } }),
  },
  pages: {
    title: 'Open pages',
    sizes: () => [0, 20, 100],
    setting: (size) => ({ ...plain, pages: size, lookedUp: stockNames.slice(0, 1) }),
  },
  tls: {
    title: 'Mutual TLS between the services (0: off)',
    sizes: () => [0, 1],
    setting: (size, connections) => ({
      ...plain,
      settings: { ...uncached, TLS: size === 0 ? 'off' : 'mutual' },
      prepare: async (directory) => void (await makeCertificates(join(directory, 'tls'))),
      connections,
    }),
  },
  postgres: {
    title: 'Ledger in PostgreSQL on the same machine (0: in files)',
    sizes: () => [0, 1],
    setting: (size, connections) => ({
      ...plain,
      settings: uncached,
      prepare: (directory, system) => (size === 0 ? Promise.resolve() : keepInPostgres(directory, system)),
      connections,
    }),
  },
};
