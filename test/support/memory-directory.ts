import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory where there is one: thousands of small files are written there. */
function fastest(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** To be called in a suite: gives it a directory for real files that need not outlive it. @returns its path */
export function useMemoryDirectory(): () => string {
  let directory = '';
  before(() => {
    directory = mkdtempSync(join(fastest(), 'stock-property-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  return () => directory;
}
