import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** To be called in a suite: gives each of its tests an empty directory. @returns how to ask for its path */
export function useTemporaryDirectory(): () => string {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stock-unit-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));
  return () => directory;
}
