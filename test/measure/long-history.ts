// Writes the state of a system that has executed many orders, with the product's own lines.
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeStocks } from '../../src/catalog/stock-file.js';
import { chainChecksum, sealLine } from '../../src/shared/sealed-csv.js';
import { tradeFields, tradeHeader } from '../../src/shared/trade-line.js';

/** The stocks of the shipped catalog. */
export const stockNames = [
  'GameStart',
  'RottenFishCo',
  'BoarCo',
  'MenhirCo',
  'AAPL',
  'AMZN',
  'GOOGL',
  'META',
  'NVDA',
  'NFLX',
];
const flushBytes = 1_000_000;

/** Makes the files of catalog and replicas in a data directory: so many trades, sales and purchases in turn. */
export async function writeLongHistory(dataDirectory: string, orders: number): Promise<void> {
  const paths = [
    join(dataDirectory, 'catalog', 'journal.csv'),
    ...[1, 2, 3].map((id) => join(dataDirectory, `order-${id}`, 'orders.csv')),
  ];
  ['catalog', 'order-1', 'order-2', 'order-3'].forEach((name) =>
    mkdirSync(join(dataDirectory, name), { recursive: true }),
  );
  // Nothing but trades: so the journal is the same as the logs.
  const files = paths.map((path) => openSync(path, 'w'));
  let text = `${tradeHeader}\n`;
  let checksum = 0;
  for (let number = 1; number <= orders; number += 1) {
    const name = stockNames[number % stockNames.length] as string;
    const type = Math.floor(number / stockNames.length) % 2 === 0 ? 'sell' : 'buy';
    const fields = tradeFields({ number, name, type, quantity: 1, orderId: randomUUID(), term: 1 });
    checksum = chainChecksum(fields, checksum);
    text += sealLine(fields, checksum);
    if (text.length > flushBytes || number === orders) {
      files.forEach((file) => writeSync(file, text));
      text = '';
      // Whoever waits for minutes may want to interrupt it.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  files.forEach((file) => closeSync(file));
  const stock = { price: '15.99', quantity: 100, volume: 0, version: 0 };
  await writeStocks(
    join(dataDirectory, 'catalog', 'catalog.csv'),
    stockNames.map((name) => ({ name, ...stock })),
  );
}
