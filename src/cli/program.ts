// The command line as a whole.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addBackup, addRestore } from './commands/backup.js';
import { addBeginAnew } from './commands/begin-anew.js';
import { addCertificates } from './commands/certificates.js';
import { addLedger } from './commands/ledger.js';
import { addLoad } from './commands/load.js';
import { addLookup, addOrder } from './commands/lookup.js';
import { addRebuildCatalog } from './commands/rebuild-catalog.js';
import { addStart } from './commands/start.js';
import { addStatus } from './commands/status.js';
import { addTools } from './commands/tools.js';
import { addTrade } from './commands/trade.js';
import { addVerify } from './commands/verify.js';
import { addGlobalOptions } from './global-options.js';

const explanation = `
Examples:
  stock status --watch
  stock lookup GameStart
  stock buy GameStart 3
  stock order 1
  stock verify --json | jq .verdict

"stock <command> --help" has more of them. --url and --json may stand before or after the command.

Exit status: 0 ok; 1 refused, failed, or found wrong; 2 bad arguments or settings; 3 no answer, or not known what became
of it; 70 a mistake of this program; 74 done, but standard output cannot be written, so the result is on standard error;
130 Ctrl-C.`;

/** All commands, not yet run. Wrong arguments become a CommanderError, after they have been explained. */
export function createProgram(): Command {
  const program = new Command('stock')
    .description('The command line of the stock trading server.')
    .version(readVersion())
    .addHelpText('after', explanation)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Try --help.')
    .exitOverride();
  addGlobalOptions(program);
  addStart(program);
  addStatus(program);
  addLookup(program);
  addTrade(program, 'buy');
  addTrade(program, 'sell');
  addOrder(program);
  addVerify(program);
  addRebuildCatalog(program);
  addBackup(program);
  addRestore(program);
  addBeginAnew(program);
  addCertificates(program);
  addLedger(program);
  addLoad(program);
  addTools(program);
  return program;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
