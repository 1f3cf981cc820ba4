// Keeps the processes of a system from running while their files are changed.
import { openVolume, type Volume } from '../shared/volume.js';
import type { Release } from '../shared/directory-lock.js';

function lost(error: Error): never {
  console.error(`a process was started meanwhile, stopped half-way: ${error.message}`);
  process.exit(1);
}

/**
 * Takes the directories of processes, making those that are missing.
 * @returns gives all of them back
 * @throws ConfigError one of the processes runs, or its directory cannot be written; none is held then
 */
export async function holdVolumes(dataDirectory: string, names: readonly string[]): Promise<Release> {
  const outcomes = await Promise.allSettled(names.map((name) => openVolume(dataDirectory, name, lost)));
  const volumes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await release(volumes);
    throw failed.reason;
  }
  return () => release(volumes);
}

async function release(volumes: readonly Volume[]): Promise<void> {
  await Promise.all(volumes.map((volume) => volume.release()));
}
