import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  exportLedger,
  importLedger,
  LedgerAwayError,
  TransferError,
  type Transferred,
} from '../../audit/ledger-transfer.js';
import { DamagedFileError } from '../../shared/sealed-csv.js';
import { RefusedError, UnreachableError } from '../exit-codes.js';
import { print } from '../output.js';
import { globalOptions } from '../global-options.js';

const explanation = `
Stop the system first. An import needs a database without a ledger; an export a directory without one.
Both read at the end what they have written, and compare.

Examples:
  export LEDGER_URL=postgres://stock:secret@db:5432/stocks
  stock ledger import volumes
  stock ledger export /backup/volumes

Exit status: 0 done; 1 refused, nothing was changed; 2 bad arguments; 3 the database does not answer.`;

export function addLedger(program: Command): void {
  const ledger = program
    .command('ledger')
    .description("Moves the catalog's ledger from its files into a PostgreSQL database, or back.")
    .addHelpText('after', explanation);
  ledger
    .command('import')
    .description('From the files in a data directory into a database.')
    .argument('<data-dir>', 'directory of all state')
    .addOption(database())
    .action((directory: string, { ledgerUrl }: Database, command: Command) =>
      transfer(command, () => importLedger(ledgerUrl, directory)),
    );
  ledger
    .command('export')
    .description('From a database into files in a data directory.')
    .argument('<data-dir>', 'directory to write to')
    .addOption(database())
    .action((directory: string, { ledgerUrl }: Database, command: Command) =>
      transfer(command, () => exportLedger(ledgerUrl, directory)),
    );
}

interface Database {
  readonly ledgerUrl: string;
}

/** From the environment, as other users of the machine see what stands on a command line. */
function database(): Option {
  return new Option('--ledger-url <url>', 'the database')
    .env('LEDGER_URL')
    .makeOptionMandatory()
    .argParser((text) => {
      if (text === '') {
        throw new InvalidArgumentError('It must be like postgres://user:password@host:5432/name.');
      }
      return text;
    });
}

async function transfer(command: Command, work: () => Promise<Transferred>): Promise<void> {
  const { json } = globalOptions(command);
  const done = await work().catch(explain);
  const { trades, records, stocks } = done;
  const text = `${trades} trades, ${records} records, ${stocks} stocks: written and compared.`;
  await print(json ? JSON.stringify(done) : text);
}

function explain(error: Error): never {
  if (error instanceof TransferError || error instanceof DamagedFileError) {
    throw new RefusedError(error.message, { cause: error });
  }
  throw error instanceof LedgerAwayError ? new UnreachableError(error.message, { cause: error }) : error;
}
