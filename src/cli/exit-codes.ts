// How commands end. Documented in docs/cli.md.
import { CommanderError } from 'commander';
import { ConfigError } from '../shared/config.js';
import { OutputLostError } from './output.js';

export const exitCode = {
  ok: 0,
  /** Refused, or checked and found wrong. */
  failed: 1,
  /** Wrong arguments or settings. */
  usage: 2,
  /** Nobody answers, or not in a way that settles it; files cannot be checked. */
  unreachable: 3,
  /** A mistake of ours (sysexits EX_SOFTWARE). */
  internal: 70,
  /** Done, but what came of it could not be written to standard output (sysexits EX_IOERR). */
  outputLost: 74,
  /** As shells have it: 128 and the number of the signal. */
  interrupted: 130,
} as const;

/** The exchange, or the file system, said a definite no. */
export class RefusedError extends Error {}

/** It is not known what became of the request, or there is nobody to ask. */
export class UnreachableError extends Error {}

/** The exit status of a command that ended with an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  }
  if (error instanceof ConfigError) {
    return exitCode.usage;
  }
  if (error instanceof OutputLostError) {
    return exitCode.outputLost;
  }
  if (error instanceof RefusedError) {
    return exitCode.failed;
  }
  return error instanceof UnreachableError ? exitCode.unreachable : exitCode.internal;
}

/** For commander's exitOverride in programs of their own: ends as all commands do. */
export function endWithUsage(error: CommanderError): never {
  process.exit(exitCodeOf(error));
}
