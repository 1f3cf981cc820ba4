// Opens simulated files with the product's own reading and writing code. Journal and AppendFile can only be opened by
// path; until they take a file as a parameter, their private constructors are called here.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { Journal } from '../../src/catalog/journal.js';
import type { Ledger } from '../../src/catalog/ledger.js';
import { OrderLog, readOrders } from '../../src/order/order-log.js';
import { AppendFile } from '../../src/shared/append-file.js';
import type { Checksum, Trade } from '../../src/shared/domain.js';
import type { SimulatedFile } from './disk.js';
import type { Life } from './life.js';

type OnFailure = (error: Error) => void;

const BareAppendFile = AppendFile as unknown as new (
  handle: FileHandle,
  sizeBytes: number,
  onFailure: OnFailure,
) => AppendFile;
const BareJournal = Journal as unknown as new (
  file: AppendFile,
  checksum: Checksum,
  needsHeader: boolean,
) => Journal;

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

/** What AppendFile.open does: cuts off what is torn, and makes the rest durable. */
async function openAppend(
  file: SimulatedFile,
  life: Life,
  sizeBytes: number,
  onFailure: OnFailure,
): Promise<AppendFile> {
  const handle = file.open(life);
  await handle.truncate(sizeBytes);
  await handle.datasync();
  return new BareAppendFile(handle, sizeBytes, onFailure);
}

/** Replays the journal into the ledger, without changing the file. */
export function readJournal(file: SimulatedFile, ledger: Ledger): ReturnType<typeof Journal.read> {
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
  const append = await openAppend(file, life, end.bytes, onFailure);
  return new BareJournal(append, end.checksum, end.bytes === 0);
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
  const append = await openAppend(file, life, bytes, onFailure);
  return new OrderLog(append, trades, bytes === 0);
}
