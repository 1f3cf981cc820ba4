// Puts a backup where a system will look for its files. Nothing is written before the backup has been verified, and
// nothing that is there is overwritten. The files get their names in an order in which a system could start after each of
// them: first the journal, from which catalog.csv and the logs can be made anew.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../shared/append-file.js';
import { systemClock } from '../shared/clock.js';
import { unmarkViews } from '../shared/ledger-views.js';
import { audit } from './audit.js';
import { BackupRefusedError } from './backup.js';
import { checksumFile, readChecksums, type Checksums } from './checksum-list.js';
import { copyFile, fingerprint } from './copy-file.js';
import { judgeCopy } from './copy-verdict.js';
import { whyUnreadable } from './file-facts.js';
import { holdVolumes } from './held-volumes.js';
import { initialCatalogFile, journalFile, orderLogFiles, stocksFile, volumeNames } from './state-files.js';

const requiredFiles = [initialCatalogFile, journalFile, stocksFile];

export interface RestoreReport {
  /** The last trade in it. */
  readonly lastNumber: number;
  readonly remarks: readonly string[];
}

/**
 * @throws BackupRefusedError the backup is damaged, or there is state already
 * @throws ConfigError the system runs, or its directories cannot be written
 */
export async function restore(backup: string, dataDirectory: string): Promise<RestoreReport> {
  const checksums = await checkFiles(backup);
  const report = await verify(backup, checksums);
  const release = await holdVolumes(dataDirectory, volumeNames);
  try {
    await refuseToOverwrite(dataDirectory, checksums);
    await copyAll(backup, dataDirectory, checksums);
  } finally {
    await release();
  }
  return report;
}

/** Holds the files against their list. @returns it */
async function checkFiles(backup: string): Promise<Checksums> {
  const complaint = whyUnreadable(join(backup, checksumFile));
  if (complaint !== undefined) {
    throw new BackupRefusedError(`${complaint}: this is no backup`);
  }
  const checksums = await readChecksums(backup);
  if (!checksums || requiredFiles.some((name) => !checksums.has(name))) {
    throw new BackupRefusedError(`${join(backup, checksumFile)} is not the list of a whole backup`);
  }
  for (const [name, sha256] of checksums) {
    const path = join(backup, name);
    const reason = [...requiredFiles, ...orderLogFiles].includes(name)
      ? whyUnreadable(path)
      : `${path} belongs to no backup`;
    if (reason !== undefined) {
      throw new BackupRefusedError(reason);
    }
    if ((await fingerprint(path)) !== sha256) {
      throw new BackupRefusedError(`${path} is damaged: it is not what ${checksumFile} says`);
    }
  }
  return checksums;
}

async function verify(backup: string, checksums: Checksums): Promise<RestoreReport> {
  const look = { dataDirectory: backup, url: undefined, initialCatalog: undefined };
  const report = await audit(look, systemClock, 0);
  const absent = orderLogFiles
    .filter((name) => !checksums.has(name))
    .map((name) => whyUnreadable(join(backup, name)) ?? '');
  const { objections, remarks } = judgeCopy(report, absent);
  if (objections.length > 0) {
    throw new BackupRefusedError(['the backup does not fit together:', ...objections].join('\n  '));
  }
  return { lastNumber: report.ledger.lastNumber, remarks };
}

async function refuseToOverwrite(dataDirectory: string, checksums: Checksums): Promise<void> {
  for (const name of [journalFile, stocksFile, ...orderLogFiles]) {
    const path = join(dataDirectory, name);
    if (existsSync(path)) {
      throw new BackupRefusedError(`${path} exists: move the old files away first, none is overwritten`);
    }
  }
  // A clone comes with one: the same is no obstacle.
  const initial = join(dataDirectory, initialCatalogFile);
  if (existsSync(initial) && (await fingerprint(initial)) !== checksums.get(initialCatalogFile)) {
    throw new BackupRefusedError(`${initial} is not the backup's: move it away first`);
  }
}

async function copyAll(backup: string, dataDirectory: string, checksums: Checksums): Promise<void> {
  const names = [...requiredFiles, ...orderLogFiles.filter((name) => checksums.has(name))];
  const stagedPath = (name: string): string => `${join(dataDirectory, name)}.restoring`;
  try {
    for (const name of names) {
      await copyFile(join(backup, name), stagedPath(name));
      if ((await fingerprint(stagedPath(name))) !== checksums.get(name)) {
        throw new BackupRefusedError(
          `${stagedPath(name)} is not what was written to it: is the disk broken?`,
        );
      }
    }
    for (const name of names) {
      const path = join(dataDirectory, name);
      await rename(stagedPath(name), path);
      await syncDirectory(dirname(path));
    }
    await unmarkViews(join(dataDirectory, 'catalog'));
  } catch (error) {
    await Promise.all(names.map((name) => rm(stagedPath(name), { force: true })));
    throw error;
  }
}
