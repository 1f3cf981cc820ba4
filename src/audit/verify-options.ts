// The command line of `npm run verify`.
import { statSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { parseConfig } from '../shared/config.js';
import { holdsState, type LookOptions } from './look.js';

export interface VerifyOptions extends LookOptions {
  readonly json: boolean;
}

const explanation = `
Asks the frontend who leads, reads the files of the catalog and the three order replicas, changes nothing, and compares
them: numbers without a gap, the same trades everywhere, no key executed twice, no stock below zero, and for each stock
initial + sold - bought = quantity in catalog.csv. A replica that is merely behind gets a few seconds to come level
with what the journal held at first. Where no frontend answers, only the files are looked at.

Examples:
  npm run verify
  npm run verify -- --data-dir /backup/volumes --files-only
  npm run --silent verify -- --json | jq .verdict

With Compose and another VOLUMES_DIR, give that one as --data-dir.

Exit status: 0 all is good; 1 something is wrong; 2 it could not be checked (bad arguments, missing files).`;

interface RawOptions {
  readonly dataDir?: string;
  readonly url?: URL;
  readonly filesOnly: boolean;
  readonly initialCatalog?: string;
  readonly json: boolean;
}

/**
 * @param args the arguments after the script's name
 * @param environment the settings, for what is not given
 * @throws CommanderError after it printed the help (exitCode 0), or what is wrong (any other); ConfigError
 */
export function parseVerifyOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): VerifyOptions {
  const command = createCommand();
  command.parse(args, { from: 'user' });
  const raw = command.opts<RawOptions>();
  const config = parseConfig(environment);
  const dataDirectory = raw.dataDir ?? config.DATA_DIR;
  if (!holdsState(dataDirectory)) {
    command.error(`error: ${dataDirectory} holds no state of a system: give its directory with --data-dir.`);
  }
  const url = raw.url ?? new URL(`http://127.0.0.1:${config.FRONTEND_PORT}`);
  return {
    dataDirectory,
    url: raw.filesOnly ? undefined : url,
    initialCatalog: raw.initialCatalog ?? config.INITIAL_CATALOG,
    json: raw.json,
  };
}

function createCommand(): Command {
  return new Command('verify')
    .description('Checks that nothing is lost, doubled or renumbered.')
    .option('--data-dir <directory>', 'directory of all state (default: DATA_DIR, else volumes)', existing)
    .option('--url <url>', 'where the frontend is (default: FRONTEND_PORT on this machine)', parseUrl)
    .option('--files-only', 'do not ask the frontend: the files are not those of a running system', false)
    .option(
      '--initial-catalog <file>',
      'the stocks before the first trade (default: as at the first start)',
      existing,
    )
    .option('--json', 'print the report as JSON, and nothing else, on standard output', false)
    .addHelpText('after', explanation)
    .showHelpAfterError('Try --help.')
    .exitOverride();
}

function parseUrl(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.href !== `${url.origin}/`) {
    throw new InvalidArgumentError('It must be like http://127.0.0.1:8080, without a path.');
  }
  return url;
}

/** Also for other commands that take a path. */
export function existing(path: string): string {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new InvalidArgumentError('There is no such file or directory.');
  }
  return path;
}
