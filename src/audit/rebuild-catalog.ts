// Makes the catalog's files anew from the order logs, and says so.
import { join } from 'node:path';
import { planRebuild, RebuildRefusedError, type RebuildOptions, type RebuildPlan } from './rebuild-plan.js';
import { carryOut } from './rebuild-write.js';
import { releaseVolumes, takeVolumes } from './take-volumes.js';

export interface RebuildCommandOptions extends RebuildOptions {
  readonly dryRun: boolean;
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
 * @throws RebuildRefusedError, DamagedFileError, DiskFullError or NothingToRebuildFromError: nothing was changed
 */
export async function rebuildCatalog(options: RebuildCommandOptions): Promise<void> {
  // A dry run leaves no directory behind; the catalog's must be there to be written to.
  const needed = options.dryRun ? [] : ['catalog'];
  const volumes = await takeVolumes(options.dataDirectory, needed).catch((error: Error) => {
    throw new RebuildRefusedError(error.message, { cause: error });
  });
  try {
    const plan = await planRebuild(options);
    console.log(describe(plan));
    if (options.dryRun) {
      console.log('\nDry run: nothing was written.');
      return;
    }
    const moved = await carryOut(plan, new Date());
    console.log(
      ['', ...moved.map((path) => `Kept as ${path}.`), 'Done. Start the system, then: npm run verify'].join(
        '\n',
      ),
    );
  } finally {
    await releaseVolumes(volumes);
  }
}
