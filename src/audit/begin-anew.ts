// Makes the files of a new system out of those of a stopped one: its stocks as they are now, and nothing of its history.
// The old files stay as they are, and are the archive. So whatever happens in between, nothing is lost.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Journal } from '../catalog/journal.js';
import { Ledger, type Stock } from '../catalog/ledger.js';
import { readStocks, writeStocks } from '../catalog/stock-file.js';
import { syncDirectory } from '../shared/append-file.js';
import type { Term, TransactionNumber } from '../shared/domain.js';
import { makeDirectory } from '../shared/volume.js';
import { judgeCopy } from './copy-verdict.js';
import { holdVolumes } from './held-volumes.js';
import { takeLook } from './look.js';
import { judge, type Report } from './report.js';
import { volumeNames } from './state-files.js';

/** It would lose something, or overwrite something. Shown without a stack. */
export class BeginRefusedError extends Error {}

export interface BeginAnewOptions {
  readonly dataDirectory: string;
  /** The setting INITIAL_CATALOG. */
  readonly initialCatalog: string | undefined;
  /** The directory to make. */
  readonly target: string;
}

export interface Beginning {
  /** The last trade of the old files. */
  readonly lastNumber: TransactionNumber;
  readonly stocks: number;
  /** What is worth knowing, as quantities that were changed by hand. */
  readonly remarks: readonly string[];
}

/** Nobody leads the first term of the new files. */
const nobody = 0;

/** @throws BeginRefusedError: nothing was written */
export async function beginAnew(options: BeginAnewOptions): Promise<Beginning> {
  const { dataDirectory, target } = options;
  if (existsSync(target)) {
    throw new BeginRefusedError(`${target} is there already: name a directory that is not`);
  }
  const there = volumeNames.filter((name) => existsSync(join(dataDirectory, name)));
  const release = await holdVolumes(dataDirectory, there).catch((error: Error) => {
    throw new BeginRefusedError(error.message, { cause: error });
  });
  try {
    const { ledger, remarks } = await verified(options);
    const stocks = await lastStocks(join(dataDirectory, 'catalog'));
    await write(target, stocks, ledger.term + 1);
    return { lastNumber: ledger.lastNumber, stocks: stocks.length, remarks };
  } finally {
    await release();
  }
}

/** The old files are the archive from now on, so they must be whole. */
async function verified({
  dataDirectory,
  initialCatalog,
}: BeginAnewOptions): Promise<Pick<Report, 'ledger'> & Pick<Beginning, 'remarks'>> {
  const look = await takeLook({ dataDirectory, url: undefined, initialCatalog });
  const targetNumber = look.journal.audit.lastNumber;
  const report = judge(look, { dataDirectory, url: undefined, targetNumber });
  const { objections, remarks } = judgeCopy(report);
  const complaints = [
    ...objections,
    ...report.replicas
      .filter(({ lastNumber }) => lastNumber !== targetNumber)
      .map(({ name, lastNumber }) => `${name} ends with ${lastNumber}, the journal with ${targetNumber}`),
  ];
  if (complaints.length > 0) {
    throw new BeginRefusedError(
      ['the files are not all right, see stock verify --files-only:', ...complaints].join('\n  '),
    );
  }
  return { ledger: report.ledger, remarks };
}

/** After a crash the file of the stocks is a little older than the journal. */
async function lastStocks(directory: string): Promise<readonly Stock[]> {
  const ledger = new Ledger(await readStocks(join(directory, 'catalog.csv')));
  Journal.read(directory, ledger);
  return [...ledger.stocks.values()];
}

/** The directory gets its name when all that is in it is on the disk. */
async function write(target: string, stocks: readonly Stock[], term: Term): Promise<void> {
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  makeDirectory(partial);
  for (const name of volumeNames) {
    await mkdir(join(partial, name));
  }
  const catalog = join(partial, 'catalog');
  const untraded = stocks.map((stock) => ({ ...stock, volume: 0, version: 0 }));
  await writeStocks(join(catalog, 'initial_catalog.csv'), untraded);
  await writeTerm(join(catalog, 'journal.csv'), term);
  await syncDirectory(partial);
  await rename(partial, target);
  await syncDirectory(dirname(target));
}

/** The terms go on: a frontend or a replica that was left running with what it knew must not pass for a current one. */
async function writeTerm(path: string, term: Term): Promise<void> {
  let fail: ((error: Error) => void) | undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const journal = await Journal.open({ path, checksum: 0, bytes: 0, tornBytes: 0 }, (error) => fail?.(error));
  // When the disk fails, an append never settles.
  await Promise.race([journal.appendTerm({ term, leaderId: nobody }), failed]);
  await journal.close();
}
