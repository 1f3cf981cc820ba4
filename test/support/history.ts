// What clients saw, and whether the system's files can explain it. One checker for all tests that make trouble.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readStocks } from '../../src/catalog/stock-file.js';
import { readSealedCsv } from '../../src/shared/sealed-csv.js';
import { chainTrade, parseTrade, tradeHeader } from '../../src/shared/trade-line.js';
import type { Trade } from '../../src/shared/domain.js';
import { eventually } from './eventually.js';
import type { Answer, HttpClient } from './http.js';

export interface OrderBody {
  readonly name: string;
  readonly quantity: number;
  readonly type: string;
}

export interface Posted {
  readonly key: string;
  readonly body: OrderBody;
  readonly sentMs: number;
  readonly answeredMs: number;
  readonly status: number;
  /** 0 unless the order was executed. */
  readonly number: number;
}

/** Sends an order and records how it went. */
export async function post(client: HttpClient, key: string, body: OrderBody): Promise<Posted> {
  const sentMs = performance.now();
  const answer: Answer = await client.send({
    method: 'POST',
    path: '/orders',
    headers: { 'Idempotency-Key': key },
    body,
  });
  const data = (answer.json as { data?: { transaction_number: number } }).data;
  const { status } = answer;
  return { key, body, sentMs, answeredMs: performance.now(), status, number: data?.transaction_number ?? 0 };
}

/** The trades of a replica's log. */
export function readOrders(dataDirectory: string, replica: number): Trade[] {
  const trades: Trade[] = [];
  readSealedCsv(
    join(dataDirectory, `order-${replica}`, 'orders.csv'),
    tradeHeader,
    ({ fields, checksum }) => {
      trades.push({ ...(parseTrade(fields) as Trade), checksum });
    },
  );
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

/** I2 and I4: numbers without a gap, keys without a repetition, and never less than nothing of any stock. */
async function checkJournal(journal: readonly Trade[]): Promise<Map<string, number>> {
  const initial = await readStocks('volumes/catalog/initial_catalog.csv');
  const quantities = new Map(initial.map((stock) => [stock.name, stock.quantity]));
  journal.forEach((trade, index) => {
    const before = quantities.get(trade.name) ?? Number.NaN;
    const after = before + (trade.type === 'sell' ? trade.quantity : -trade.quantity);
    expect(trade.number, 'transaction number').to.equal(index + 1);
    expect(after, `quantity of ${trade.name} after trade ${trade.number}`).to.be.at.least(0);
    quantities.set(trade.name, after);
  });
  expect(new Set(journal.map((trade) => trade.orderId)).size, 'orders executed once').to.equal(
    journal.length,
  );
  return quantities;
}

/** I1, I3 and I5: what was acknowledged is there as it was acknowledged, what was refused is not. */
function checkAnswers(journal: readonly Trade[], posted: readonly Posted[]): void {
  const byKey = new Map(journal.map((trade) => [trade.orderId, trade]));
  for (const { key, body, status, number } of posted) {
    const trade = byKey.get(key);
    if (status === 200) {
      expect(trade, `acknowledged order ${key}`).to.include({ ...body, number });
    } else if (status === 404) {
      expect(trade, `refused order ${key}`).to.equal(undefined);
    }
  }
}

/** I6: an order that was acknowledged before another one was sent has the lower number. */
function checkOrder(posted: readonly Posted[]): void {
  const executed = posted.filter(({ status }) => status === 200);
  const byAnswer = [...executed].sort((a, b) => a.answeredMs - b.answeredMs);
  const bySending = [...executed].sort((a, b) => a.sentMs - b.sentMs);
  const firstAnswers = new Map<string, Posted>();
  let highest = 0;
  let next = 0;
  for (const order of bySending) {
    for (; next < byAnswer.length && (byAnswer[next] as Posted).answeredMs < order.sentMs; next += 1) {
      const answered = byAnswer[next] as Posted;
      highest = Math.max(highest, answered.number);
      firstAnswers.set(answered.key, answered);
    }
    if (!firstAnswers.has(order.key)) {
      expect(order.number, `number of ${order.key}, sent after ${highest} was acknowledged`).to.be.above(
        highest,
      );
    }
  }
}

/**
 * Checks invariants I1 to I7 against the files, after everything has healed: all three logs are the same bytes, equal
 * the journal, and explain every answer.
 * @returns the trades
 */
export async function checkHistory(dataDirectory: string, posted: readonly Posted[]): Promise<Trade[]> {
  const journal = readJournal(dataDirectory);
  const quantities = await checkJournal(journal);
  checkAnswers(journal, posted);
  checkOrder(posted);
  const files = await Promise.all(
    [1, 2, 3].map((replica) => readFile(join(dataDirectory, `order-${replica}`, 'orders.csv'), 'utf8')),
  );
  expect(files[1] === files[0] && files[2] === files[0], 'the three logs are the same bytes').to.equal(true);
  expect(readOrders(dataDirectory, 1), 'orders.csv and journal').to.deep.equal(journal);
  await eventually(() => checkStocks(dataDirectory, journal, quantities));
  return journal;
}

/** catalog.csv, which follows within a second, adds up. */
async function checkStocks(
  dataDirectory: string,
  journal: readonly Trade[],
  quantities: ReadonlyMap<string, number>,
): Promise<void> {
  for (const stock of await readStocks(join(dataDirectory, 'catalog', 'catalog.csv'))) {
    const trades = journal.filter((trade) => trade.name === stock.name);
    const volume = trades.reduce((sum, trade) => sum + trade.quantity, 0);
    expect(stock, 'row of catalog.csv').to.include({
      quantity: quantities.get(stock.name),
      volume,
      version: trades.at(-1)?.number ?? 0,
    });
  }
}
