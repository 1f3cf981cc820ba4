// The options that every command knows.
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseConfig, ConfigError, type Config } from '../shared/config.js';
import { holdsViews } from '../shared/ledger-views.js';
import { parseUrl } from './arguments.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface RawOptions {
  readonly url?: URL;
  readonly json?: boolean;
}

export interface GlobalOptions {
  readonly url: URL;
  /** Whether the url was not given: then it is the system of our own settings. */
  readonly isOwnSystem: boolean;
  readonly json: boolean;
  readonly config: Config;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option(
      '--url <url>',
      'where the frontend is (default: FRONTEND_URL, else FRONTEND_PORT on this machine)',
      parseUrl,
    )
    .option('--json', 'print JSON, and nothing else, on standard output');
}

/**
 * The global options of a command, with the settings for what is not given.
 * @throws ConfigError
 */
export function globalOptions(command: Command, environment: Environment = process.env): GlobalOptions {
  const { url, json = false } = command.optsWithGlobals<RawOptions>();
  const config = parseConfig(environment);
  return { url: url ?? defaultUrl(environment, config), isOwnSystem: url === undefined, json, config };
}

function defaultUrl({ FRONTEND_URL }: Environment, config: Config): URL {
  if (!FRONTEND_URL) {
    return new URL(`http://127.0.0.1:${config.FRONTEND_PORT}`);
  }
  try {
    return parseUrl(FRONTEND_URL);
  } catch (error) {
    throw new ConfigError(`FRONTEND_URL=${FRONTEND_URL} is not valid: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** How long a trade may take to journal.csv, ms: it is a view where the ledger is in a database. */
export function viewLagMs({ LEDGER, SNAPSHOT_INTERVAL_MS }: Config, dataDirectory: string): number {
  const isLedger = LEDGER === 'csv' && !holdsViews(join(dataDirectory, 'catalog'));
  return isLedger ? 0 : 2 * SNAPSHOT_INTERVAL_MS;
}

/**
 * For commands that change the ledger's files: where the ledger is in a database those are only views.
 * @throws ConfigError it is
 */
export function requireLedgerInFiles({ LEDGER }: Config, command: string): void {
  if (LEDGER !== 'csv') {
    throw new ConfigError(
      `LEDGER=${LEDGER}: ${command} is for a ledger in files; "stock ledger export" makes them from a database`,
    );
  }
}
