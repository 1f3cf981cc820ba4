// What can be said of any of our files: whether it is there and intact, how long it is, and its fingerprint.
import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream } from 'node:fs';
import { ConfigError } from '../shared/config.js';
import { DamagedFileError, type IntactEnd } from '../shared/sealed-csv.js';

export interface FileFacts {
  readonly path: string;
  readonly state: 'intact' | 'damaged' | 'unreadable';
  /** Why it is not intact, as a sentence that names the file; empty if it is. */
  readonly complaint: string;
  /** Complete lines without the header. */
  readonly rows: number;
  /** Bytes at the end that a crash, or a write under way, has left incomplete. */
  readonly tornBytes: number;
  /** Of the complete lines, or of all bytes of a damaged file, hexadecimal; empty if it cannot be read. */
  readonly sha256: string;
}

/** Reads a sealed file with its owner's code. What is wrong with it is told, not thrown. */
export async function readFacts(path: string, read: () => IntactEnd): Promise<FileFacts> {
  const unreadable = { path, state: 'unreadable', rows: 0, tornBytes: 0, sha256: '' } as const;
  const missing = whyUnreadable(path);
  if (missing !== undefined) {
    return { ...unreadable, complaint: missing };
  }
  try {
    const { bytes, tornBytes } = read();
    return { path, state: 'intact', complaint: '', tornBytes, ...(await digest(path, bytes)) };
  } catch (error) {
    if (error instanceof DamagedFileError) {
      const { message: complaint } = error;
      return { path, state: 'damaged', complaint, tornBytes: 0, ...(await digest(path, Infinity)) };
    }
    if (error instanceof ConfigError) {
      return { ...unreadable, complaint: error.message };
    }
    throw error;
  }
}

/** Why a file cannot be read, as a sentence; undefined if it can. */
export function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${path} is missing` : `${path} cannot be read (${code})`;
  }
}

/** Fingerprint and number of rows of the first `bytes` of a file. Those never change, also while it grows. */
async function digest(path: string, bytes: number): Promise<{ sha256: string; rows: number }> {
  const hash = createHash('sha256');
  let lines = 0;
  if (bytes > 0) {
    for await (const chunk of createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', at + 1)) {
        lines += 1;
      }
    }
  }
  return { sha256: hash.digest('hex'), rows: Math.max(0, lines - 1) };
}
