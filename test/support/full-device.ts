// Places where nothing can be written, as on a full disk.
import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const device = '/dev/full';

/** To be called in a suite: skips it where there is no such device, and says so. */
export function needsFullDevice(): void {
  before(`is there ${device}?`, function () {
    if (!existsSync(device)) {
      console.log(`    Skipped: this needs ${device}`);
      this.skip();
    }
  });
}

/** Lends a descriptor of a device on which each write ends with ENOSPC. */
export async function withFullDevice<T>(use: (descriptor: number) => Promise<T>): Promise<T> {
  const descriptor = openSync(device, 'w');
  try {
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export interface SmallDisk {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** Mounts a disk of 64 KB. @returns why that is not possible here, if it is not */
export async function mountSmallDisk(): Promise<SmallDisk | string> {
  const path = await mkdtemp(join(tmpdir(), 'stock-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]);
  } catch (error) {
    await rm(path, { recursive: true });
    return `a disk cannot be mounted: ${(error as Error).message.split('\n')[1] ?? ''}`;
  }
  const remove = async (): Promise<void> => {
    await run('umount', [path]);
    await rm(path, { recursive: true });
  };
  return { path, remove };
}
