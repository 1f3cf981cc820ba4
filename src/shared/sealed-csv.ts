// The line format of the journal and the order logs: CSV rows without quoting (no field can hold a comma or a line
// break), whose last column is a checksum chained to the line before. So a row that was cut, changed, swapped,
// repeated or removed does not fit, and the history up to the last line that fits is exactly what was written.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ConfigError } from './config.js';
import type { Checksum } from './domain.js';

/** A file holds something that no crash can leave behind: somebody or something changed it. Shown without a stack. */
export class DamagedFileError extends Error {}

export interface SealedLine {
  /** The columns without the checksum. */
  readonly fields: readonly string[];
  readonly checksum: Checksum;
  /** Position in the file, for messages; the header is line 1. */
  readonly lineNumber: number;
}

/** Where the intact part of a file ends. */
export interface IntactEnd {
  readonly bytes: number;
  /** Bytes after it: a row that a crash cut off. */
  readonly tornBytes: number;
}

const readChunkBytes = 4 * 1024 * 1024;
const newline = 0x0a;

/** The checksum of a line, given that of the line before (0 for the first). */
export function chainChecksum(fields: string, previous: Checksum): Checksum {
  return crc32(fields, previous);
}

/** `fields` and `checksum` as a line of the file. */
export function sealLine(fields: string, checksum: Checksum): string {
  return `${fields},${checksum.toString(16).padStart(8, '0')}\n`;
}

function openLine(text: string, previous: Checksum): Pick<SealedLine, 'fields' | 'checksum'> | undefined {
  const comma = text.lastIndexOf(',');
  const fields = text.slice(0, comma);
  const checksum = chainChecksum(fields, previous);
  return sealLine(fields, checksum) === `${text}\n` ? { fields: fields.split(','), checksum } : undefined;
}

/** The lines of a file, cut at line feeds, without reading it as a whole. The last one may lack its line feed. */
function* rawLines(path: string): Generator<{ text: string; bytes: number; complete: boolean }> {
  if (!statSync(path).isFile()) {
    throw new ConfigError(`${path} is not a file: move it away`);
  }
  const descriptor = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(readChunkBytes);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) {
        break;
      }
      const data = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, start)) {
        yield { text: data.toString('utf8', start, end), bytes: end + 1 - start, complete: true };
        start = end + 1;
      }
      rest = data.subarray(start);
    }
    if (rest.length > 0) {
      yield { text: rest.toString('utf8'), bytes: rest.length, complete: false };
    }
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a sealed file from its start, handing each intact line to `visit`.
 *
 * A last line without its line feed is what a crash leaves of a write: it is not handed out, and `tornBytes` says how
 * long it is. A complete line that does not fit was never written like that.
 * @param visit may throw DamagedFileError itself, for lines that are intact but make no sense
 * @throws DamagedFileError naming file and line
 */
export function readSealedCsv(path: string, header: string, visit: (line: SealedLine) => void): IntactEnd {
  let lineNumber = 0;
  let intactBytes = 0;
  let previous: Checksum = 0;
  for (const { text, bytes, complete } of rawLines(path)) {
    lineNumber += 1;
    if (lineNumber === 1) {
      checkHeader(path, header, text, complete);
    }
    if (!complete) {
      return { bytes: intactBytes, tornBytes: bytes };
    }
    if (lineNumber > 1) {
      const line = openLine(text, previous);
      if (!line) {
        throw damage(path, lineNumber, 'does not fit the one before it: it was changed, moved or damaged');
      }
      visit({ ...line, lineNumber });
      previous = line.checksum;
    }
    intactBytes += bytes;
  }
  return { bytes: intactBytes, tornBytes: 0 };
}

function checkHeader(path: string, header: string, text: string, complete: boolean): void {
  if (complete ? text !== header : !header.startsWith(text)) {
    throw damage(path, 1, `is not the header "${header}"`);
  }
}

/** The error for a line that no crash can explain. */
export function damage(path: string, lineNumber: number, what: string): DamagedFileError {
  return new DamagedFileError(
    `${path}:${lineNumber}: this line ${what}. Nothing was changed. ` +
      'See "Damaged files" in docs/architecture.md for ways to go on.',
  );
}
