// What clients of a real system saw, and whether the system's files can explain it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readStocks } from '../../src/catalog/stock-file.js';
import { readOrders as readOrderLog } from '../../src/order/order-log.js';
import { readSealedCsv } from '../../src/shared/sealed-csv.js';
import { chainTrade, parseTrade, tradeHeader } from '../../src/shared/trade-line.js';
import type { Trade } from '../../src/shared/domain.js';
import { check, type Evidence } from '../checker/checker.js';
import type { History, Posted } from '../checker/history.js';
import { eventually } from './eventually.js';
import type { HttpClient } from './http.js';

export type { Posted } from '../checker/history.js';

export interface OrderBody {
  readonly name: string;
  readonly quantity: number;
  readonly type: string;
}

/** Sends an order and records how it went. */
export async function post(client: HttpClient, key: string, body: OrderBody): Promise<Posted> {
  const sentMs = performance.now();
  const { status: code, json } = await client.send({
    method: 'POST',
    path: '/orders',
    headers: { 'Idempotency-Key': key },
    body,
  });
  const { data, error } = json as { data?: { transaction_number: number }; error?: { message: string } };
  const answeredMs = performance.now();
  const number = data?.transaction_number ?? 0;
  return { key, ...body, sentMs, answeredMs, code, message: error?.message ?? '', number };
}

/** The trades of a replica's log. */
export function readOrders(dataDirectory: string, replica: number): Trade[] {
  const trades: Trade[] = [];
  readOrderLog(join(dataDirectory, `order-${replica}`, 'orders.csv'), (trade) => void trades.push(trade));
  return trades;
}

/** The trades of the journal. */
export function readJournal(dataDirectory: string): Trade[] {
  const trades: Trade[] = [];
  readSealedCsv(join(dataDirectory, 'catalog', 'journal.csv'), tradeHeader, ({ fields }) => {
    const trade = parseTrade(fields);
    if (trade) {
      trades.push(chainTrade(trade, trades.at(-1)?.checksum ?? 0));
    }
  });
  return trades;
}

const initialCatalog = 'volumes/catalog/initial_catalog.csv';

/** What clients saw, together with what the files of a system say that began with the shipped catalog. */
export async function readEvidence(
  dataDirectory: string,
  history: History,
  catalogParent = dataDirectory,
): Promise<Evidence> {
  const replicas = [1, 2, 3];
  return {
    stocks: await readStocks(initialCatalog),
    journal: readJournal(catalogParent),
    logs: new Map(replicas.map((replica) => [`order-${replica}`, readOrders(dataDirectory, replica)])),
    posts: history.posts,
    lookups: history.lookups,
    queries: history.queries,
  };
}

/**
 * Checks the invariants against the files, after everything has healed: all three logs are the same bytes, equal the
 * journal, and explain every answer.
 * @param catalogParent where the active catalog's directory is, if that is another one
 * @returns the trades
 */
export async function checkHistory(
  dataDirectory: string,
  posts: readonly Posted[],
  catalogParent = dataDirectory,
): Promise<readonly Trade[]> {
  const history = { posts, lookups: [], queries: [] };
  const evidence = await readEvidence(dataDirectory, history, catalogParent);
  expect(check(evidence).slice(0, 10)).to.deep.equal([]);
  const { journal } = evidence;
  const files = await Promise.all(
    [1, 2, 3].map((replica) => readFile(join(dataDirectory, `order-${replica}`, 'orders.csv'), 'utf8')),
  );
  expect(files[1] === files[0] && files[2] === files[0], 'the three logs are the same bytes').to.equal(true);
  await eventually(() => checkStocks(catalogParent, journal));
  return journal;
}

/** catalog.csv, which follows within a second, adds up. */
async function checkStocks(dataDirectory: string, journal: readonly Trade[]): Promise<void> {
  const initial = await readStocks(initialCatalog);
  for (const stock of await readStocks(join(dataDirectory, 'catalog', 'catalog.csv'))) {
    const trades = journal.filter((trade) => trade.name === stock.name);
    const sold = trades.reduce(
      (sum, { type, quantity }) => sum + (type === 'sell' ? quantity : -quantity),
      0,
    );
    expect(stock, 'row of catalog.csv').to.include({
      quantity: (initial.find(({ name }) => name === stock.name)?.quantity ?? 0) + sold,
      volume: trades.reduce((sum, { quantity }) => sum + quantity, 0),
      version: trades.at(-1)?.number ?? 0,
    });
  }
}
