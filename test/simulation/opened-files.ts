// Opens simulated files with the product's own reading and writing code, as the product does.
import { TradeList } from '../../src/shared/trade-list.js';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, type JournalEnd } from '../../src/catalog/journal.js';
import type { Ledger } from '../../src/catalog/ledger.js';
import { OrderLog, readOrders } from '../../src/order/order-log.js';
import { AppendFile } from '../../src/shared/append-file.js';
import type { Trade } from '../../src/shared/domain.js';
import type { SimulatedFile } from './disk.js';
import type { Life } from './life.js';

type OnFailure = (error: Error) => void;

let directory: string | undefined;

/** A real directory, for what can only be read by path. */
function scratch(): string {
  if (!directory || !existsSync(directory)) {
    const created = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'simulation-'));
    process.on('exit', () => rmSync(created, { recursive: true, force: true }));
    directory = created;
  }
  return directory;
}

/** Replays the journal into the ledger, without changing the file. */
export function readJournal(file: SimulatedFile, ledger: Ledger): JournalEnd {
  writeFileSync(join(scratch(), 'journal.csv'), file.text, 'latin1');
  return Journal.read(scratch(), ledger);
}

export async function openJournal(
  file: SimulatedFile,
  ledger: Ledger,
  life: Life,
  onFailure: OnFailure,
): Promise<Journal> {
  const end = readJournal(file, ledger);
  return new Journal(await AppendFile.start(file.open(life), end.bytes, onFailure), end);
}

/** The trades of an order log, and how many bytes they take. */
export function readOrderLog(file: SimulatedFile): { trades: Trade[]; bytes: number } {
  const path = join(scratch(), 'orders.csv');
  writeFileSync(path, file.text, 'latin1');
  const trades: Trade[] = [];
  const { bytes } = readOrders(path, (trade) => void trades.push(trade));
  return { trades, bytes };
}

export async function openOrderLog(file: SimulatedFile, life: Life, onFailure: OnFailure): Promise<OrderLog> {
  const { trades, bytes } = readOrderLog(file);
  const append = await AppendFile.start(file.open(life), bytes, onFailure);
  return new OrderLog(append, new TradeList(trades), bytes === 0);
}
