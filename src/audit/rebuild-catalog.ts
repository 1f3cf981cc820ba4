// Makes the catalog's files anew from the order logs, and says so.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '../shared/directory-lock.js';
import { holdVolumes } from './held-volumes.js';
import { planRebuild, RebuildRefusedError, type RebuildOptions, type RebuildPlan } from './rebuild-plan.js';
import { carryOut } from './rebuild-write.js';
import { volumeNames } from './state-files.js';

export interface RebuildCommandOptions extends RebuildOptions {
  readonly dryRun: boolean;
}

/**
 * Takes the directories of all four processes: none of them may run meanwhile.
 * @throws RebuildRefusedError one of them runs, or its directory cannot be written
 */
async function takeVolumes({ dataDirectory, dryRun }: RebuildCommandOptions): Promise<Release> {
  // A dry run leaves no directory behind; the catalog's must be there to be written to.
  const there = volumeNames.filter(
    (name) => existsSync(join(dataDirectory, name)) || (name === 'catalog' && !dryRun),
  );
  try {
    return await holdVolumes(dataDirectory, there);
  } catch (error) {
    throw new RebuildRefusedError((error as Error).message, { cause: error });
  }
}

function describe(plan: RebuildPlan): string {
  const { directory, source, initialCatalog, ledger, term, asides, warnings } = plan;
  return [
    `from  ${source.path}: ${ledger.end.number} trades, the last one in term ${source.lastTerm}`,
    `and   ${initialCatalog}: ${ledger.stocks.size} stocks`,
    `to    ${join(directory, 'journal.csv')} and ${join(directory, 'catalog.csv')}; the terms go on after ${term}`,
    ...asides.map((path) => `aside ${path} gets a dated name`),
    ...warnings.map((warning) => `WARNING: ${warning}`),
    'LOST: refusals. An order that was refused may be executed when it is sent again with its key.',
    'LOST: quantities, prices and stocks that were changed by hand in catalog.csv after the first start.',
  ].join('\n');
}

/**
 * Plans, says what will be done and what is lost, and does it.
 * @param say tells it, or throws; then nothing is done
 * @returns what is to be said at the end
 * @throws RebuildRefusedError, DamagedFileError, DiskFullError or NothingToRebuildFromError: nothing was changed
 */
export async function rebuildCatalog(
  options: RebuildCommandOptions,
  say: (text: string) => Promise<void>,
): Promise<string> {
  const release = await takeVolumes(options);
  try {
    const plan = await planRebuild(options);
    await say(describe(plan));
    if (options.dryRun) {
      return '\nDry run: nothing was written.';
    }
    const kept = (await carryOut(plan, new Date())).map((path) => `Kept as ${path}.`);
    return ['', ...kept, 'Done. Start the system, then: npm run verify'].join('\n');
  } finally {
    await release();
  }
}
