import type { Command } from 'commander';
import { audit } from '../../audit/audit.js';
import { holdsState } from '../../audit/look.js';
import { formatReport } from '../../audit/report-text.js';
import { systemClock } from '../../shared/clock.js';
import { existingPath } from '../arguments.js';
import { exitCode } from '../exit-codes.js';
import { globalOptions, viewLagMs } from '../global-options.js';
import { print, printJson } from '../output.js';
import { endOnInterrupt } from '../terminal.js';

interface VerifyOptions {
  readonly dataDir?: string;
  readonly filesOnly: boolean;
  readonly initialCatalog?: string;
}

/** How long replicas may take to come level with what the journal held at the first look, ms. */
const levelPatienceMs = 10_000;

const exitStatus = { good: exitCode.ok, wrong: exitCode.failed, unchecked: exitCode.unreachable } as const;

const explanation = `
Asks the frontend who leads, reads the files of the catalog and the three order replicas, changes nothing, and compares
them: numbers without a gap, the same trades everywhere, no key executed twice, no stock below zero, and for each stock
initial + sold - bought = quantity in catalog.csv. A replica that is merely behind gets a few seconds to come level
with what the journal held at first. Where no frontend answers, only the files are looked at.

Examples:
  stock verify
  stock verify --data-dir /backup/volumes --files-only
  stock verify --json | jq .verdict

With Compose and another VOLUMES_DIR, give that one as --data-dir.

Exit status: 0 all is good; 1 something is wrong; 2 bad arguments; 3 it could not be checked (missing files).`;

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'Checks that nothing is lost, doubled or renumbered: all replicas and the ledger hold the same.',
    )
    .option(
      '--data-dir <directory>',
      'directory of all state (default: DATA_DIR, else volumes)',
      existingPath,
    )
    .option('--files-only', 'do not ask the frontend: the files are not those of a running system', false)
    .option(
      '--initial-catalog <file>',
      'the stocks before the first trade (default: as at the first start)',
      existingPath,
    )
    .addHelpText('after', explanation)
    .action(verify);
}

async function verify(
  { dataDir, filesOnly, initialCatalog }: VerifyOptions,
  command: Command,
): Promise<void> {
  endOnInterrupt();
  const { url, json, config } = globalOptions(command);
  const dataDirectory = dataDir ?? config.DATA_DIR;
  if (!holdsState(dataDirectory)) {
    command.error(`error: ${dataDirectory} holds no state of a system: give its directory with --data-dir.`);
  }
  const look = {
    dataDirectory,
    url: filesOnly ? undefined : url,
    initialCatalog: initialCatalog ?? config.INITIAL_CATALOG,
    viewLagMs: filesOnly ? 0 : viewLagMs(config, dataDirectory),
  };
  const report = await audit(look, systemClock, levelPatienceMs);
  process.exitCode = exitStatus[report.verdict];
  await (json ? printJson(report) : print(formatReport(report)));
}
