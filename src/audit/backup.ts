// Copies the files of a system while it runs and trades, so that they fit together. A trade is in the journal before it
// is in a log or in catalog.csv, and journal and logs only grow: whatever was copied before the journal is in the copy of
// the journal, and what was acknowledged before the backup began is in all of them. The copy gets its name when it has
// been verified and is durable; until then it bears another one.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findInitialCatalog } from '../catalog/stock-file.js';
import { syncDirectory } from '../shared/append-file.js';
import { systemClock } from '../shared/clock.js';
import { holdsViews } from '../shared/ledger-views.js';
import { makeDirectory } from '../shared/volume.js';
import { audit } from './audit.js';
import { writeChecksums } from './checksum-list.js';
import { copyFile } from './copy-file.js';
import { judgeCopy, type CopyVerdict } from './copy-verdict.js';
import { whyUnreadable } from './file-facts.js';
import { initialCatalogFile, journalFile, orderLogFiles, stocksFile, volumeNames } from './state-files.js';

/** The backup was not made, or cannot be trusted. Shown without a stack. */
export class BackupRefusedError extends Error {}

export interface BackupOptions {
  readonly dataDirectory: string;
  /** The directory that the backup becomes; it must not be there. */
  readonly target: string;
  /** The setting INITIAL_CATALOG. */
  readonly initialCatalog: string | undefined;
  /** See LookOptions. */
  readonly viewLagMs?: number;
}

export interface BackupReport {
  readonly target: string;
  /** The last trade in it. */
  readonly lastNumber: number;
  readonly remarks: readonly string[];
}

/** A copy has fewer files than that. */
const maxRemovals = 20;

/** @throws BackupRefusedError there is no new directory then */
export async function backUp({
  dataDirectory,
  target,
  initialCatalog,
  viewLagMs = 0,
}: BackupOptions): Promise<BackupReport> {
  if (existsSync(target)) {
    throw new BackupRefusedError(`${target} exists: name a directory that does not, a backup replaces none`);
  }
  makeDirectory(dirname(target));
  // In one go with what removes it: no signal comes in between.
  const stage = mkdtempSync(`${target}.unfinished-`);
  const removeStage = (): void => remove(stage);
  // Also when a signal ends the command half-way.
  process.once('exit', removeStage);
  try {
    const sources = sourcesOf(dataDirectory, initialCatalog);
    await copyAll(sources, stage, viewLagMs);
    const missing = orderLogFiles.filter((name) => !sources.has(name));
    const { lastNumber, remarks } = await verify(stage, missing);
    await rename(stage, target);
    await syncDirectory(dirname(target));
    return { target, lastNumber, remarks };
  } finally {
    process.off('exit', removeStage);
    removeStage();
  }
}

/** Removes a directory, also when a thread is still making the next file in it. */
function remove(directory: string): void {
  for (let attempt = 1; existsSync(directory) && attempt <= maxRemovals; attempt += 1) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      if (attempt === maxRemovals) {
        throw error;
      }
    }
  }
}

/** What to copy, in this order: name within the backup, and path. */
function sourcesOf(dataDirectory: string, initialCatalog: string | undefined): Map<string, string> {
  const missing = [stocksFile, journalFile]
    .map((name) => whyUnreadable(join(dataDirectory, name)))
    .find((complaint) => complaint !== undefined);
  if (missing !== undefined) {
    throw new BackupRefusedError(`${missing}: without it there is nothing to back up`);
  }
  const logs = orderLogFiles.filter((name) => existsSync(join(dataDirectory, name)));
  const catalog = join(dataDirectory, 'catalog');
  if (logs.length === 0 && holdsViews(catalog)) {
    throw new BackupRefusedError(
      `${catalog} holds views of a database, and no order log is here to tell whether they are behind: ` +
        'use "stock ledger export"',
    );
  }
  return new Map([
    [initialCatalogFile, findInitialCatalog(join(dataDirectory, 'catalog'), initialCatalog)],
    ...[stocksFile, ...logs, journalFile].map((name) => [name, join(dataDirectory, name)] as const),
  ]);
}

async function copyAll(
  sources: ReadonlyMap<string, string>,
  stage: string,
  viewLagMs: number,
): Promise<void> {
  for (const name of volumeNames) {
    await mkdir(join(stage, name));
  }
  const checksums = new Map<string, string>();
  for (const [name, source] of sources) {
    await delay(name === journalFile ? viewLagMs : 0);
    checksums.set(name, await copyFile(source, join(stage, name)));
  }
  await writeChecksums(stage, checksums);
  for (const directory of [...volumeNames.map((name) => join(stage, name)), stage]) {
    await syncDirectory(directory);
  }
}

async function verify(
  stage: string,
  missingLogs: readonly string[],
): Promise<Pick<CopyVerdict, 'remarks'> & { lastNumber: number }> {
  const look = { dataDirectory: stage, url: undefined, initialCatalog: undefined };
  const report = await audit(look, systemClock, 0);
  const absent = missingLogs.map((name) => whyUnreadable(join(stage, name)) ?? '');
  const { objections, remarks } = judgeCopy(report, absent);
  if (objections.length > 0) {
    const text = ['what was copied does not fit together:', ...objections].join('\n  ');
    throw new BackupRefusedError(text.replaceAll(stage, '<copy>'));
  }
  return {
    lastNumber: report.ledger.lastNumber,
    remarks: remarks.map((remark) => remark.replaceAll(stage, '<copy>')),
  };
}
