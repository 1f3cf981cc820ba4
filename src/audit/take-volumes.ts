import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { replicaNumbers } from '../shared/config.js';
import { openVolume, type Volume } from '../shared/volume.js';

/** The names of the four directories that hold state. */
export const stateNames: readonly string[] = [...replicaNumbers.map((id) => `order-${id}`), 'catalog'];

function lost(error: Error): never {
  console.error(`a process was started meanwhile, stopped half-way: ${error.message}`);
  process.exit(1);
}

/**
 * Takes the directories of all four processes that have state: none of them may run meanwhile. One that is missing is only
 * made if it is among `needed`.
 * @throws Error one of them runs, or its directory cannot be written; none is taken then
 */
export async function takeVolumes(dataDirectory: string, needed: readonly string[]): Promise<Volume[]> {
  const names = stateNames.filter((name) => needed.includes(name) || existsSync(join(dataDirectory, name)));
  const outcomes = await Promise.allSettled(names.map((name) => openVolume(dataDirectory, name, lost)));
  const volumes = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await releaseVolumes(volumes);
    throw failed.reason;
  }
  return volumes;
}

export async function releaseVolumes(volumes: readonly Volume[]): Promise<void> {
  await Promise.all(volumes.map((volume) => volume.release()));
}
