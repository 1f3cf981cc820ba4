// Copies of files that are durable, and whose fingerprint is known.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

const chunkBytes = 1024 * 1024;

/**
 * Copies what a file holds now; what is appended meanwhile is left out.
 * @returns when the copy is durable (its name is not yet): SHA-256 of what was read, hexadecimal
 */
export async function copyFile(source: string, target: string): Promise<string> {
  const from = await open(source, 'r');
  try {
    const to = await open(target, 'w');
    try {
      const sha256 = await copyBytes(from, to, (await from.stat()).size);
      await to.sync();
      return sha256;
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function copyBytes(from: FileHandle, to: FileHandle, count: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; position < count;) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(chunkBytes, count - position), position);
    if (bytesRead === 0) {
      break; // A write that found no room has been undone meanwhile.
    }
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await to.writeFile(chunk);
    position += bytesRead;
  }
  return hash.digest('hex');
}

/** SHA-256 of a file, hexadecimal. */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
