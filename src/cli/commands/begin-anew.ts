import { join } from 'node:path';
import type { Command } from 'commander';
import { beginAnew, BeginRefusedError } from '../../audit/begin-anew.js';
import { refuseViews } from '../../shared/ledger-views.js';
import { existingPath } from '../arguments.js';
import { RefusedError } from '../exit-codes.js';
import { print } from '../output.js';
import { globalOptions, requireLedgerInFiles } from '../global-options.js';

interface BeginAnewOptions {
  readonly to: string;
  readonly dataDir?: string;
  readonly initialCatalog?: string;
}

const explanation = `
For when the files have grown too large. Stop the whole system first, the frontend too. All files are verified; then a new
directory is made, with the stocks as they are now and without any trade. The old directory is not changed: keep it, it
has all orders so far, and stock verify --files-only --data-dir reads it.

In the new system numbers begin with 1 again, and keys that were used before are new: nobody may repeat an old order.

Examples:
  stock begin-anew --to /srv/volumes-2027
  DATA_DIR=/srv/volumes-2027 npm start

Exit status: 0 done; 1 refused, nothing was changed; 2 bad arguments.`;

export function addBeginAnew(program: Command): void {
  program
    .command('begin-anew')
    .description('Makes the files of a new system with the stocks of a stopped one, but without its orders.')
    .requiredOption('--to <directory>', 'the directory to make')
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
    .addHelpText('after', explanation)
    .action(begin);
}

async function begin({ to, dataDir, initialCatalog }: BeginAnewOptions, command: Command): Promise<void> {
  const { config, json } = globalOptions(command);
  if (json) {
    command.error('error: begin-anew has no --json.');
  }
  const dataDirectory = dataDir ?? config.DATA_DIR;
  requireLedgerInFiles(config, 'begin-anew');
  refuseViews(join(dataDirectory, 'catalog'));
  try {
    const { lastNumber, stocks, remarks } = await beginAnew({
      dataDirectory,
      target: to,
      initialCatalog: initialCatalog ?? config.INITIAL_CATALOG,
    });
    const lines = [
      ...remarks.map((remark) => `Note: ${remark}`),
      `${dataDirectory} is whole, and has ${lastNumber} trades. ${to} begins anew with its ${stocks} stocks.`,
      `Start the system with DATA_DIR=${to} (containers: VOLUMES_DIR), and keep ${dataDirectory}.`,
    ];
    await print(lines.join('\n'));
  } catch (error) {
    throw error instanceof BeginRefusedError
      ? new RefusedError(`${error.message}\nNothing was changed.`, { cause: error })
      : error;
  }
}
