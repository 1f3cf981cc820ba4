#!/usr/bin/env node
// `npm run rebuild-catalog`: makes the catalog's files anew from the order logs. See --help.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DiskFullError } from '../shared/append-file.js';
import { replicaNumbers } from '../shared/config.js';
import { DamagedFileError } from '../shared/sealed-csv.js';
import { openVolume, type Volume } from '../shared/volume.js';
import { parseRebuildOptions, type RebuildCommandOptions } from './rebuild-options.js';
import {
  NothingToRebuildFromError,
  planRebuild,
  RebuildRefusedError,
  type RebuildPlan,
} from './rebuild-plan.js';
import { carryOut } from './rebuild-write.js';
import { runCommand } from './run-command.js';

function lost(error: Error): never {
  console.error(`a process was started meanwhile, stopped half-way: ${error.message}`);
  process.exit(1);
}

/**
 * Takes the directories of all four processes: none of them may run meanwhile.
 * @throws RebuildRefusedError one of them runs, or its directory cannot be written
 */
async function takeVolumes({ dataDirectory, dryRun }: RebuildCommandOptions): Promise<Volume[]> {
  const names = [...replicaNumbers.map((id) => `order-${id}`), 'catalog'];
  // A dry run leaves no directory behind; the catalog's must be there to be written to.
  const there = names.filter(
    (name) => existsSync(join(dataDirectory, name)) || (name === 'catalog' && !dryRun),
  );
  const outcomes = await Promise.allSettled(there.map((name) => openVolume(dataDirectory, name, lost)));
  const volumes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await release(volumes);
    throw new RebuildRefusedError((failed.reason as Error).message, { cause: failed.reason });
  }
  return volumes;
}

async function release(volumes: readonly Volume[]): Promise<void> {
  await Promise.all(volumes.map((volume) => volume.release()));
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

async function rebuild(options: RebuildCommandOptions): Promise<void> {
  const volumes = await takeVolumes(options);
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
    await release(volumes);
  }
}

await runCommand(async () => {
  const options = parseRebuildOptions(process.argv.slice(2), process.env);
  try {
    await rebuild(options);
    return 0;
  } catch (error) {
    const isRefusal = [RebuildRefusedError, DamagedFileError, DiskFullError].some(
      (kind) => error instanceof kind,
    );
    if (!isRefusal && !(error instanceof NothingToRebuildFromError)) {
      throw error;
    }
    console.error(`${(error as Error).message}\nNothing was changed.`);
    return isRefusal ? 1 : 2;
  }
});
