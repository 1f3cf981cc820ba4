// One process per directory. The lock is the kernel's (flock), so it ends with the process, however that dies: the next
// one need not wait. Node cannot take such a lock itself; the program flock of util-linux or BusyBox can, on an open
// directory that it inherits. The lock belongs to that open directory, which stays ours when the program has ended.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** How long to wait for a process that is about to end, ms. */
const patienceMs = 1_500;
const retryIntervalMs = 100;
/** Without flock: after this long without a sign of life the lock of a killed process counts as left behind, ms. */
const staleMs = 2_000;

/** Gives the lock back. */
export type Release = () => Promise<void>;

/**
 * Takes the directory for this process.
 * @param onLost called when another process took it nevertheless: stop at once. Cannot happen with flock
 * @returns undefined: another process has it
 */
export async function lockDirectory(
  directory: string,
  onLost: (error: Error) => void,
): Promise<Release | undefined> {
  const descriptor = openSync(directory, 'r');
  const outcome = await lockFile(descriptor);
  if (outcome === 'locked') {
    return () => Promise.resolve(closeSync(descriptor));
  }
  closeSync(descriptor);
  return outcome === 'taken' ? undefined : lockByHeartbeat(directory, onLost);
}

type Outcome = 'locked' | 'taken' | 'impossible';

async function lockFile(descriptor: number): Promise<Outcome> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const outcome = await runFlock(descriptor);
    if (outcome !== 'taken' || performance.now() > endMs) {
      return outcome;
    }
    await delay(retryIntervalMs);
  }
}

/** Impossible: there is no such program, as on macOS, or the file system has no locks. */
function runFlock(descriptor: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    child.once('error', () => resolve('impossible'));
    child.once('exit', (exitCode) => {
      resolve(exitCode === 0 ? 'locked' : exitCode === 1 ? 'taken' : 'impossible');
    });
  });
}

/** The second best: a directory whose time is kept fresh. */
async function lockByHeartbeat(
  directory: string,
  onLost: (error: Error) => void,
): Promise<Release | undefined> {
  try {
    return await lock(directory, {
      lockfilePath: join(directory, '.lock'),
      stale: staleMs,
      update: staleMs / 2,
      retries: { retries: 15, minTimeout: 100, maxTimeout: 200 },
      onCompromised: onLost,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') {
      throw error;
    }
    return undefined;
  }
}
