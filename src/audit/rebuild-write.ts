// Writes what a rebuild has planned. Whatever happens in between, a complete journal is in place or none is, and
// nothing that was there before is deleted.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Journal } from '../catalog/journal.js';
import { writeStocks } from '../catalog/stock-file.js';
import { syncDirectory } from '../shared/append-file.js';
import type { Term, Trade } from '../shared/domain.js';
import { unmarkViews } from '../shared/ledger-views.js';
import type { RebuildPlan } from './rebuild-plan.js';

/** Trades that are written, and synced, at a time. */
const pageTrades = 10_000;

/** The leader of a rebuilt term: the order logs do not name it. */
const unknownLeader = 0;

/** @returns the new paths of the files that were in the way */
export async function carryOut(plan: RebuildPlan, now: Date): Promise<string[]> {
  const { directory, asides } = plan;
  const path = join(directory, 'journal.csv');
  const temporary = `${path}.new`;
  try {
    await writeJournal(temporary, plan);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const initial = join(directory, 'initial_catalog.csv');
  if (!existsSync(initial)) {
    // Else a later start afresh, or verify, would count from another one.
    await writeStocks(initial, plan.initialStocks);
  }
  const moved: string[] = [];
  for (const aside of asides) {
    const target = datedName(aside, now);
    await rename(aside, target);
    moved.push(target);
  }
  await rename(temporary, path);
  await syncDirectory(directory);
  // Only now: a catalog file that has seen trades must not stand beside a journal without them.
  await writeStocks(join(directory, 'catalog.csv'), plan.ledger.stocks.values());
  await unmarkViews(directory);
  return moved;
}

/** Writes the journal with the catalog's own code, durable when the promise resolves. */
async function writeJournal(path: string, plan: RebuildPlan): Promise<void> {
  let fail: ((error: Error) => void) | undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const journal = await Journal.open({ path, checksum: 0, bytes: 0, tornBytes: 0 }, (error) => fail?.(error));
  try {
    // When the disk fails, an append never settles.
    await Promise.race([appendAll(journal, plan), failed]);
  } finally {
    await journal.close();
  }
}

async function appendAll(journal: Journal, { ledger, term: lastTerm }: RebuildPlan): Promise<void> {
  let term: Term = 0;
  for (let done = 0; done < ledger.end.number;) {
    const next = ledger.trade(done + 1)?.term ?? term;
    if (next !== term) {
      term = next;
      await journal.appendTerm({ term, leaderId: unknownLeader });
    }
    const page = beginningOfTerm(ledger.tradesAfter(done, pageTrades));
    await journal.appendBatch({ trades: page, refusals: [] }, term);
    done += page.length;
  }
  await journal.appendTerm({ term: lastTerm, leaderId: unknownLeader });
}

/** The trades before the first one of another term. */
function beginningOfTerm(trades: readonly Trade[]): readonly Trade[] {
  const end = trades.findIndex(({ term }) => term !== trades[0]?.term);
  return end === -1 ? trades : trades.slice(0, end);
}

/** `journal.csv` as `journal.2026-01-31T12-30-00-123Z.csv`: a name that is free, and still a CSV file. */
function datedName(path: string, now: Date): string {
  const extension = extname(path);
  const stem = `${path.slice(0, -extension.length)}.${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  let name = `${stem}${extension}`;
  for (let copy = 2; existsSync(name); copy += 1) {
    name = `${stem}-${copy}${extension}`;
  }
  return name;
}
