// The life of a process: settings, logger, start, and an orderly stop on SIGTERM or SIGINT.
import { armFailpoints } from './armed-failpoints.js';
import { parseConfig, ConfigError, type Config } from './config.js';
import { createLogger, type Logger } from './logger.js';
import type { Service } from './relation.js';
import { DamagedFileError } from './sealed-csv.js';

/** Exit code of a process that cannot run as it is set up: starting it again would not help (sysexits EX_CONFIG). */
export const unusableExitCode = 78;

/** How long a stop may take, beyond the time that a request may, before it is forced, ms. */
const stopGraceMs = 2_000;

export interface ServiceContext {
  readonly config: Config;
  readonly logger: Logger;
  /** Stops the process at once: what is in memory can no longer be trusted to match what is on disk. */
  readonly fatal: (error: Error) => void;
  /** Registers a step of the orderly stop; the last one registered runs first. */
  readonly onStop: (step: () => void | Promise<void>) => void;
}

/** A file that cannot be opened at the start, as the sentence that says so. */
function unusableFile(error: unknown): ConfigError | undefined {
  const { path, code } = error as NodeJS.ErrnoException;
  return path && code
    ? new ConfigError(`${path} cannot be used (${code}): make it a readable and writable file`)
    : undefined;
}

/**
 * Runs a service until it is told to stop.
 * @param nameOf the process's name, which may depend on the settings
 */
export async function runService(
  service: Service,
  nameOf: (config: Config) => string,
  start: (context: ServiceContext) => Promise<void>,
): Promise<void> {
  const steps: (() => void | Promise<void>)[] = [];
  let logger: Logger | undefined;

  function fatal(error: unknown): never {
    if (error instanceof ConfigError || error instanceof DamagedFileError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(unusableExitCode);
    }
    logger?.fatal({ err: error }, 'stopped by an error');
    if (!logger) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    }
    process.exit(1);
  }

  let stopping = false;
  let requestBudgetMs = 0;
  async function stop(signal: string): Promise<void> {
    if (stopping) {
      return;
    }
    stopping = true;
    setTimeout(() => process.exit(1), requestBudgetMs + stopGraceMs).unref();
    logger?.info(`${signal}: stopping`);
    for (const step of steps.toReversed()) {
      await step();
    }
    process.exit(0);
  }

  // A write beyond a file-size limit is a full disk to us (its error is EFBIG). The signal that comes with it would end
  // the process: the library of our directory lock takes it from Node, which ignores it, and dies of it on purpose
  // unless somebody else listens.
  process.on('SIGXFSZ', () => undefined);
  // What a library says where nothing can be written is lost, and no reason to end. (The logger sees to itself.)
  process.stderr.on('error', () => undefined);
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => void stop(signal).catch(fatal));
  }
  try {
    const config = parseConfig(process.env, service);
    requestBudgetMs = config.REQUEST_BUDGET_MS;
    armFailpoints(config.FAILPOINTS);
    logger = await createLogger(nameOf(config), config);
    if (config.FAILPOINTS.length > 0) {
      logger.warn('FAILPOINTS is set: this process fails on purpose');
    }
    // Whoever started this process as a child hears when it is ready, and takes it along when it goes away itself.
    process.on('disconnect', () => void stop('the starter is gone').catch(fatal));
    await start({ config, logger, fatal, onStop: (step) => steps.push(step) });
    process.send?.('ready');
  } catch (error) {
    fatal(unusableFile(error) ?? error);
  }
}
