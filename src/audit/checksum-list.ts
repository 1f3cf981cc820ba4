// SHA256SUMS of a backup: which files belong to it, and their fingerprints. `sha256sum --check SHA256SUMS` reads it too.
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const checksumFile = 'SHA256SUMS';

/** Fingerprint of each file, by its path within the backup. */
export type Checksums = ReadonlyMap<string, string>;

/** Durable when it resolves; its name is not yet. */
export async function writeChecksums(directory: string, checksums: Checksums): Promise<void> {
  const lines = [...checksums].map(([name, sha256]) => `${sha256}  ${name}\n`);
  const handle = await open(join(directory, checksumFile), 'w');
  try {
    await handle.writeFile(lines.join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @returns undefined: it is not such a list */
export async function readChecksums(directory: string): Promise<Checksums | undefined> {
  const text = await readFile(join(directory, checksumFile), 'utf8');
  const lines = text.split('\n');
  const entries = lines.slice(0, -1).map((line) => /^([0-9a-f]{64}) {2}(\S+)$/.exec(line));
  const isWhole = lines.at(-1) === '' && entries.every((entry) => entry !== null);
  return isWhole ? new Map(entries.map((entry) => [entry?.[2] ?? '', entry?.[1] ?? ''])) : undefined;
}
