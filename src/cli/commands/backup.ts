import type { Command } from 'commander';
import { backUp, BackupRefusedError } from '../../audit/backup.js';
import { restore as restoreBackup } from '../../audit/restore.js';
import { ConfigError } from '../../shared/config.js';
import { existingPath } from '../arguments.js';
import { exitCode, RefusedError } from '../exit-codes.js';
import { globalOptions, requireLedgerInFiles, viewLagMs } from '../global-options.js';
import { print, printJson } from '../output.js';

interface DataDirectoryOption {
  readonly dataDir?: string;
}

const dataDirectoryOption = [
  '--data-dir <directory>',
  'directory of all state (default: DATA_DIR, else volumes)',
] as const;

const backupExplanation = `
Works while the system runs and trades, and when it is stopped. The backup holds every order that was acknowledged
before it began. It is verified, as "stock verify --files-only" does, and on the disk before it gets its name. A copy
that an interruption leaves behind bears a name that ends in .unfinished-…, and can be removed.

Examples:
  stock backup /backup/2026-11-24
  stock backup /backup/2026-11-24 --data-dir /srv/stock/volumes

Exit status: 0 done; 1 refused or failed, there is no backup; 2 bad arguments.`;

const restoreExplanation = `
Verifies the backup, then puts its files where a system will look for them. Stop the system first, and move the old files
away: none is overwritten.

Examples:
  stock restore /backup/2026-11-24
  stock restore /backup/2026-11-24 --data-dir /srv/stock/volumes

Exit status: 0 done; 1 refused or failed; 2 bad arguments.`;

export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('Copies all state, also of a running system, and verifies the copy.')
    .argument('<target>', 'the directory that the backup becomes; it must not exist')
    .option(...dataDirectoryOption, existingPath)
    .addHelpText('after', backupExplanation)
    .action(backup);
}

export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('Puts a verified backup where there is no state, for a stopped system.')
    .argument('<backup>', 'a directory that "stock backup" made', existingPath)
    .option(...dataDirectoryOption)
    .addHelpText('after', restoreExplanation)
    .action(restore);
}

async function backup(target: string, { dataDir }: DataDirectoryOption, command: Command): Promise<void> {
  const { config, json } = globalOptions(command);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(exitCode.interrupted));
  }
  const dataDirectory = dataDir ?? config.DATA_DIR;
  const report = await backUp({
    dataDirectory,
    target,
    initialCatalog: config.INITIAL_CATALOG,
    viewLagMs: viewLagMs(config, dataDirectory),
  }).catch(fail);
  await tell(json, report, `Backed up all trades up to ${report.lastNumber}, verified: ${target}`);
}

async function restore(source: string, { dataDir }: DataDirectoryOption, command: Command): Promise<void> {
  const { config, json } = globalOptions(command);
  requireLedgerInFiles(config, 'restore');
  const report = await restoreBackup(source, dataDir ?? config.DATA_DIR).catch(fail);
  await tell(
    json,
    report,
    `Restored all trades up to ${report.lastNumber}. Start the system, then: npm run verify`,
  );
}

function tell(
  json: boolean,
  report: { readonly remarks: readonly string[] },
  lastLine: string,
): Promise<void> {
  const notes = report.remarks.map((remark) => `Note: ${remark}`);
  return json ? printJson(report) : print([...notes, lastLine].join('\n'));
}

/** What the file system or the files say is an answer; anything else is a mistake of ours. */
function fail(error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const isAnswer = error instanceof BackupRefusedError || error instanceof ConfigError || code !== undefined;
  throw isAnswer ? new RefusedError(message, { cause: error }) : error;
}
