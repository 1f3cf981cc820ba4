// catalog.csv: the state of all stocks, for people and spreadsheets, and the snapshot that a start begins with. All
// access to that file is here. It is always replaced as a whole, so a crash leaves the old one or the new one.
import { open, rename } from 'node:fs/promises';
import { createReadStream, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseStream, writeToString } from 'fast-csv';
import { ConfigError } from '../shared/config.js';
import { syncDirectory } from '../shared/append-file.js';
import { maxShares, stockNamePattern } from '../shared/domain.js';
import { parseCount } from '../shared/trade-line.js';
import type { Stock } from './ledger.js';

const columns = ['Name', 'Price', 'Quantity', 'Volume', 'Version'] as const;
/** Columns that a file may leave out, or leave empty as a spreadsheet does in a new row; they count as 0. */
const optionalColumns = new Set<string>(['Volume', 'Version']);
const shippedCatalog = 'volumes/catalog/initial_catalog.csv';
const pricePattern = /^\d{1,9}(\.\d{1,4})?$/;

type Row = Readonly<Record<(typeof columns)[number], string | undefined>>;

/**
 * Reads a catalog file.
 * @throws ConfigError naming file and row, if a row is not a stock
 */
export async function readStocks(path: string): Promise<Stock[]> {
  const stocks = new Map<string, Stock>();
  await readRows(path, (row) => {
    const stock = parseStock(row);
    if (stocks.has(stock.name)) {
      throw new ConfigError(`the stock ${stock.name} is listed twice`);
    }
    stocks.set(stock.name, stock);
  });
  if (stocks.size === 0) {
    throw new ConfigError(`${path} lists no stock: add rows of ${columns.slice(0, 3).join(',')}`);
  }
  return [...stocks.values()];
}

/** Hands each row to `visit`; whatever goes wrong is a ConfigError that names the row. The header is row 1. */
function readRows(path: string, visit: (row: Row) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let rowNumber = 1;
    const file = createReadStream(path);
    const rows = parseStream(file, {
      headers: (names) => checkHeaders(names.map((name) => name?.trim() ?? '')),
      trim: true,
      strictColumnHandling: true,
    });
    const fail = (reason: string) => {
      file.destroy();
      rows.destroy();
      reject(new ConfigError(`${path}, row ${rowNumber}: ${reason}`));
    };
    file.on('error', (error) => fail(error.message));
    rows.on('error', (error: Error) => {
      // What the parser itself complains of is in the row that it has not handed out yet.
      rowNumber += error instanceof ConfigError ? 0 : 1;
      fail(error.message);
    });
    rows.on('data-invalid', (values: string[]) => {
      rowNumber += 1;
      // An empty line, as spreadsheets leave them at the end.
      if (values.some((value) => value !== '')) {
        fail('it has more or fewer columns than the header');
      }
    });
    rows.on('data', (row: Row) => {
      rowNumber += 1;
      try {
        visit(row);
      } catch (error) {
        fail((error as Error).message);
      }
    });
    rows.on('end', () => resolve());
  });
}

/** The row of each state of a stock, with its line feed: of a hundred thousand stocks few change within a second. */
const writtenRows = new WeakMap<Stock, string>();

/** The rows of a catalog file. No field of ours holds a line break. */
async function formatRows(stocks: readonly Stock[]): Promise<string> {
  const changed = stocks.filter((stock) => !writtenRows.has(stock));
  const rows = changed.map(({ name, price, quantity, volume, version }) => [
    name,
    price,
    quantity,
    volume,
    version,
  ]);
  const lines = (await writeToString(rows, { includeEndRowDelimiter: true })).split('\n');
  changed.forEach((stock, index) => writtenRows.set(stock, `${lines[index]}\n`));
  return stocks.map((stock) => writtenRows.get(stock)).join('');
}

/** Replaces the catalog file, durably. */
export async function writeStocks(path: string, stocks: Iterable<Stock>): Promise<void> {
  const text = `${columns.join(',')}\n${await formatRows([...stocks])}`;
  const temporary = `${path}.new`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/**
 * The path of the catalog file in `directory`; at the first start the initial catalog is copied there.
 * @throws ConfigError there is nothing to copy
 */
export async function ensureStockFile(
  directory: string,
  initialCatalog: string | undefined,
): Promise<string> {
  const path = join(directory, 'catalog.csv');
  if (existsSync(path)) {
    return path;
  }
  await writeStocks(path, await readStocks(findInitialCatalog(directory, initialCatalog)));
  return path;
}

/**
 * The path of the catalog that a first start in `directory` begins with.
 * @param initialCatalog the setting INITIAL_CATALOG
 * @throws ConfigError there is none
 */
export function findInitialCatalog(directory: string, initialCatalog: string | undefined): string {
  const beside = join(directory, 'initial_catalog.csv');
  const source = initialCatalog ?? (existsSync(beside) ? beside : shippedCatalog);
  if (!existsSync(source)) {
    throw new ConfigError(
      `there is no initial catalog at ${source}: set INITIAL_CATALOG to a CSV file of stocks`,
    );
  }
  return source;
}

/** Names the columns as we know them, in whatever case they are written. */
function checkHeaders(names: readonly string[]): string[] {
  const known = names.map((name) => columns.find((column) => column.toLowerCase() === name.toLowerCase()));
  const missing = columns.filter((column) => !known.includes(column) && !optionalColumns.has(column));
  const unknown = names.filter((_, index) => known[index] === undefined);
  if (missing.length > 0 || unknown.length > 0 || new Set(known).size !== known.length) {
    throw new ConfigError(`the header must be ${columns.join(',')} (the last two may be left out)`);
  }
  return known as string[];
}

function parseStock(row: Row): Stock {
  const { Name: name = '', Price: price = '' } = row;
  if (!stockNamePattern.test(name)) {
    throw new ConfigError(
      `"${name}" is not a stock name: 1 to 64 letters, digits, spaces or . _ & - (starting with a letter or digit)`,
    );
  }
  if (!pricePattern.test(price)) {
    throw new ConfigError(`"${price}" is not a price of ${name}: a number such as 15.99, at most 4 decimals`);
  }
  return {
    name,
    price,
    quantity: parseColumn(row, 'Quantity', maxShares),
    volume: parseColumn({ ...row, Volume: row.Volume || '0' }, 'Volume', Number.MAX_SAFE_INTEGER),
    version: parseColumn({ ...row, Version: row.Version || '0' }, 'Version', maxShares),
  };
}

function parseColumn(row: Row, column: 'Quantity' | 'Volume' | 'Version', max: number): number {
  const count = parseCount(row[column], max);
  if (count === undefined) {
    throw new ConfigError(
      `"${row[column] ?? ''}" is not a ${column} of ${row.Name}: a whole number from 0 to ${max}`,
    );
  }
  return count;
}
