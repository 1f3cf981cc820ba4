// A catalog whose ledger is in a database writes journal.csv and catalog.csv nevertheless, for people and for tools. Such
// a directory bears a mark: the files may be a little behind, and are no ledger to go on from.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from './config.js';

const mark = 'VIEWS-OF-A-DATABASE.txt';
const explanation = `catalog.csv and journal.csv in this directory show what is in a database, and may be a moment behind.
The ledger is in the database: see LEDGER and LEDGER_URL. "stock ledger export <directory>" makes a ledger in files of it.
`;

/** @param directory that of the catalog */
export async function markViews(directory: string): Promise<void> {
  if (!holdsViews(directory)) {
    await writeFile(join(directory, mark), explanation);
  }
}

/** For whoever has put a ledger there. @param directory that of the catalog */
export async function unmarkViews(directory: string): Promise<void> {
  await rm(join(directory, mark), { force: true });
}

/** @param directory that of the catalog */
export function holdsViews(directory: string): boolean {
  return existsSync(join(directory, mark));
}

/**
 * @param directory that of the catalog
 * @throws ConfigError its files are no ledger to go on from
 */
export function refuseViews(directory: string): void {
  if (holdsViews(directory)) {
    throw new ConfigError(
      `the files in ${directory} are views of a database, and may be behind: ` +
        '"stock ledger export" makes a ledger in files of it, or, if it is lost, "stock rebuild-catalog" of the order logs',
    );
  }
}
