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

/** Most of a file that is read at once. */
const readChunkBytes = 4 * 1024 * 1024;
const newline = 0x0a;

/** The last column with its comma: `,0a1b2c3d`. */
const sealText = (checksum: Checksum): string => `,${checksum.toString(16).padStart(8, '0')}`;
const sealLength = sealText(0).length;

/** The checksum of a line, given that of the line before (0 for the first). */
export function chainChecksum(fields: string, previous: Checksum): Checksum {
  return crc32(fields, previous);
}

/** `fields` and `checksum` as a line of the file. */
export function sealLine(fields: string, checksum: Checksum): string {
  return `${fields}${sealText(checksum)}\n`;
}

/** A line of the file, taken apart. */
export type OpenedLine = Pick<SealedLine, 'fields' | 'checksum'>;

/**
 * The columns and checksum of the line that lies at these bytes, its line feed not included; undefined if it does not
 * fit. The columns are cut out of one string: whoever keeps one of them keeps them all in memory.
 */
export function openLine(
  data: Buffer,
  start: number,
  end: number,
  previous: Checksum,
): OpenedLine | undefined {
  const seal = end - sealLength;
  if (seal < start) {
    return undefined;
  }
  const checksum = crc32(data.subarray(start, seal), previous);
  if (sealText(checksum) !== data.toString('latin1', seal, end)) {
    return undefined;
  }
  return { fields: data.toString('latin1', start, seal).split(','), checksum };
}

/** Where a line lies; without its line feed. */
type VisitLine = (start: number, end: number) => void;
type VisitBytes = (data: Buffer, start: number, end: number, complete: boolean) => void;

/** Goes through the lines of a file without reading it as a whole. The last one may lack its line feed. */
function scanLines(path: string, visit: VisitBytes): void {
  const found = statSync(path);
  if (!found.isFile()) {
    throw new ConfigError(`${path} is not a file: move it away`);
  }
  const descriptor = openSync(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(Math.min(readChunkBytes, found.size + 1));
    let filled = 0;
    for (;;) {
      const count = readSync(descriptor, buffer, filled, buffer.length - filled, null);
      if (count === 0) {
        break;
      }
      filled += count;
      const data = buffer.subarray(0, filled);
      const rest = scanBuffer(data, (start, end) => visit(data, start, end, true));
      buffer.copy(buffer, 0, rest, filled);
      filled -= rest;
      if (filled === buffer.length) {
        // A line longer than all that was read: no line of ours, but somebody may ask which it is.
        buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      }
    }
    if (filled > 0) {
      visit(buffer, 0, filled, false);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Visits the complete lines. @returns where the rest begins */
export function scanBuffer(data: Buffer, visit: VisitLine): number {
  let start = 0;
  for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, start)) {
    visit(start, end);
    start = end + 1;
  }
  return start;
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
  let tornBytes = 0;
  let previous: Checksum = 0;
  scanLines(path, (data, start, end, complete) => {
    lineNumber += 1;
    if (lineNumber === 1) {
      checkHeader(path, header, data.toString('latin1', start, end), complete);
    }
    if (!complete) {
      tornBytes = end - start;
      return;
    }
    if (lineNumber > 1) {
      const line = openLine(data, start, end, previous);
      if (!line) {
        throw damage(path, lineNumber, 'does not fit the one before it: it was changed, moved or damaged');
      }
      visit({ ...line, lineNumber });
      previous = line.checksum;
    }
    intactBytes += end + 1 - start;
  });
  return { bytes: intactBytes, tornBytes };
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
