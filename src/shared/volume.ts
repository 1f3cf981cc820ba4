// A process's directory: made if missing, checked for writing, and locked against a second process.
import { existsSync, mkdirSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from './config.js';
import { lockDirectory, type Release } from './directory-lock.js';

export interface Volume {
  readonly directory: string;
  /** Lets the next process in. */
  readonly release: Release;
}

/**
 * Makes a directory with all above it. Not by `mkdir` with `recursive`: that never ends where a file system answers
 * ENOENT for a directory that is there, as /proc does.
 */
export function makeDirectory(path: string): void {
  const absolute = resolve(path);
  if (existsSync(absolute)) {
    return;
  }
  makeDirectory(dirname(absolute));
  try {
    mkdirSync(absolute);
  } catch (error) {
    // Another process of ours may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  }
}

/**
 * Takes the directory `<dataDirectory>/<service>` for this process.
 * @param onLost called when another process took the directory nevertheless (this one was asleep for long): stop
 * @throws ConfigError the directory cannot be written, or another process uses it
 */
export async function openVolume(
  dataDirectory: string,
  service: string,
  onLost: (error: Error) => void,
): Promise<Volume> {
  const directory = join(dataDirectory, service);
  try {
    makeDirectory(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError(
      `${directory} cannot be written (${(error as NodeJS.ErrnoException).code}): ` +
        'make it writable for the user of this process, or set DATA_DIR to another directory',
      { cause: error },
    );
  }
  const release = await lockDirectory(directory, onLost);
  if (!release) {
    throw new ConfigError(
      `${directory} is in use by another process: stop that one, or set DATA_DIR to another directory`,
    );
  }
  return { directory, release };
}
