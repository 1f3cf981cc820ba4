// The command line of `npm run rebuild-catalog`.
import { Command } from 'commander';
import { parseConfig } from '../shared/config.js';
import type { RebuildOptions } from './rebuild-plan.js';
import { existing } from './verify-options.js';

export interface RebuildCommandOptions extends RebuildOptions {
  readonly dryRun: boolean;
}

const explanation = `
For when the catalog's directory, or its journal, is lost. Stop the whole system first. Of the order logs the longest
intact one is taken; the others must be beginnings of it. Files that are in the way are renamed, never deleted.

What the order logs do not hold is lost: the refusals (an order that was refused may be executed when it is sent again
with its key), and quantities, prices and stocks that were changed by hand in catalog.csv.

Examples:
  npm run rebuild-catalog -- --dry-run
  npm run rebuild-catalog
  npm run rebuild-catalog -- --initial-catalog /backup/initial_catalog.csv

Exit status: 0 done (or a dry run that could be done); 1 refused; 2 bad arguments, or nothing to rebuild from.`;

interface RawOptions {
  readonly dataDir?: string;
  readonly initialCatalog?: string;
  readonly force: boolean;
  readonly dryRun: boolean;
}

/**
 * @param args the arguments after the script's name
 * @param environment the settings, for what is not given
 * @throws CommanderError after it printed the help (exitCode 0), or what is wrong (any other); ConfigError
 */
export function parseRebuildOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): RebuildCommandOptions {
  const command = createCommand();
  command.parse(args, { from: 'user' });
  const { dataDir, initialCatalog, force, dryRun } = command.opts<RawOptions>();
  const config = parseConfig(environment);
  return {
    dataDirectory: dataDir ?? config.DATA_DIR,
    initialCatalog: initialCatalog ?? config.INITIAL_CATALOG,
    force,
    dryRun,
  };
}

function createCommand(): Command {
  return new Command('rebuild-catalog')
    .description(
      "Makes the catalog's journal.csv and catalog.csv anew, from an order log and the initial catalog.",
    )
    .option('--data-dir <directory>', 'directory of all state (default: DATA_DIR, else volumes)', existing)
    .option(
      '--initial-catalog <file>',
      'the stocks before the first trade (default: as at the first start)',
      existing,
    )
    .option('--force', 'move a journal.csv that is there aside, under a dated name', false)
    .option('--dry-run', 'say what would be done, and write nothing', false)
    .addHelpText('after', explanation)
    .showHelpAfterError('Try --help.')
    .exitOverride();
}
