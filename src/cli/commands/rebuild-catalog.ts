import type { Command } from 'commander';
import { rebuildCatalog } from '../../audit/rebuild-catalog.js';
import { NothingToRebuildFromError, RebuildRefusedError } from '../../audit/rebuild-plan.js';
import { DiskFullError } from '../../shared/append-file.js';
import { DamagedFileError } from '../../shared/sealed-csv.js';
import { existingPath } from '../arguments.js';
import { RefusedError, UnreachableError } from '../exit-codes.js';
import { OutputLostError, print } from '../output.js';
import { globalOptions, requireLedgerInFiles } from '../global-options.js';

interface RebuildOptions {
  readonly dataDir?: string;
  readonly initialCatalog?: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

const explanation = `
For when the catalog's directory, or its journal, is lost. Stop the whole system first. Of the order logs the longest
intact one is taken; the others must be beginnings of it. Files that are in the way are renamed, never deleted.

What the order logs do not hold is lost: the refusals (an order that was refused may be executed when it is sent again
with its key), and quantities, prices and stocks that were changed by hand in catalog.csv.

Examples:
  stock rebuild-catalog --dry-run
  stock rebuild-catalog
  stock rebuild-catalog --initial-catalog /backup/initial_catalog.csv

Exit status: 0 done (or a dry run that could be done); 1 refused; 2 bad arguments; 3 nothing to rebuild from.`;

export function addRebuildCatalog(program: Command): void {
  program
    .command('rebuild-catalog')
    .description(
      "Makes the catalog's journal.csv and catalog.csv anew, from an order log and the initial catalog.",
    )
    .option(
      '--data-dir <directory>',
      'directory of all state (default: DATA_DIR, else volumes)',
      existingPath,
    )
    .option(
      '--initial-catalog <file>',
      'the stocks before the first trade (default: as at the first start)',
      existingPath,
    )
    .option('--force', 'move a journal.csv that is there aside, under a dated name', false)
    .option('--dry-run', 'say what would be done, and write nothing', false)
    .addHelpText('after', explanation)
    .action(rebuild);
}

async function rebuild(options: RebuildOptions, command: Command): Promise<void> {
  const { config, json } = globalOptions(command);
  if (json) {
    command.error('error: rebuild-catalog has no --json.');
  }
  const { dataDir, initialCatalog, force, dryRun } = options;
  const dataDirectory = dataDir ?? config.DATA_DIR;
  requireLedgerInFiles(config, 'rebuild-catalog');
  const what = {
    dataDirectory,
    initialCatalog: initialCatalog ?? config.INITIAL_CATALOG,
    force,
    dryRun,
  };
  await print(
    await rebuildCatalog(what, sayPlan).catch((error: Error) => {
      throw nothingChanged(error);
    }),
  );
}

/** What will be lost must have been said. */
function sayPlan(plan: string): Promise<void> {
  return print(plan, { isUnrepeatable: true });
}

function nothingChanged(error: Error): Error {
  const text = `${error.message}\nNothing was changed.`;
  if (
    [RebuildRefusedError, DamagedFileError, DiskFullError, OutputLostError].some(
      (kind) => error instanceof kind,
    )
  ) {
    return new RefusedError(text, { cause: error });
  }
  return error instanceof NothingToRebuildFromError ? new UnreachableError(text, { cause: error }) : error;
}
