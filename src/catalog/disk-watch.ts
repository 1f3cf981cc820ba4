import { statfs } from 'node:fs/promises';
import type { Clock } from '../shared/clock.js';
import { repeatEvery } from '../shared/repeat-every.js';
import type { Catalog } from './catalog.js';

/** How often to look, ms: readiness must not lie for longer than about a second. */
const intervalMs = 250;
/** Less free space than one full batch may need counts as none, bytes. */
const leastFreeBytes = 65_536;

/** Free space on the file system of a directory, for this process. */
async function freeBytes(directory: string): Promise<number> {
  const { bsize, bavail, bfree } = await statfs(directory);
  // Some blocks are kept for root.
  return bsize * (process.getuid?.() === 0 ? bfree : bavail);
}

/**
 * Keeps telling the catalog whether its disk has room.
 * @returns ends that
 */
export function watchDisk(
  catalog: Pick<Catalog, 'noticeRoom'>,
  directory: string,
  clock: Clock,
  free = freeBytes,
): () => void {
  const stop = new AbortController();
  const look = async (): Promise<void> => catalog.noticeRoom((await free(directory)) < leastFreeBytes);
  void repeatEvery(intervalMs, look, clock, stop.signal);
  return () => stop.abort();
}
