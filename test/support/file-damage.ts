// Every way in which a file of lines can come out of a crash, or be damaged, that the property tests try.
const newline = 0x0a;

export interface Damage {
  readonly bytes: Buffer;
  /** For messages. */
  readonly what: string;
  /** Position of the damaged byte. */
  readonly at: number;
  readonly kind: 'replaced' | 'removed' | 'doubled';
}

/** What each byte is replaced with: what means something in the format, and what means nothing anywhere. */
const replacements = [newline, 0x0d, ...Buffer.from(',0179afAF '), 0x00, 0x80, 0xff];

/** The file with each of its bytes replaced (by several values, and with each bit flipped), removed and doubled. */
export function* singleByteDamages(file: Buffer): Generator<Damage> {
  for (let at = 0; at < file.length; at += 1) {
    const byte = file[at] as number;
    const flipped = [0x01, 0x02, 0x04, 0x10, 0x20, 0x80].map((bit) => byte ^ bit);
    for (const value of new Set([...replacements, ...flipped])) {
      if (value !== byte) {
        const bytes = Buffer.from(file);
        bytes[at] = value;
        yield { bytes, at, kind: 'replaced', what: `byte ${at} (${byte}) replaced by ${value}` };
      }
    }
    const [before, after] = [file.subarray(0, at), file.subarray(at + 1)];
    yield {
      bytes: Buffer.concat([before, after]),
      at,
      kind: 'removed',
      what: `byte ${at} (${byte}) removed`,
    };
    const twice = Buffer.concat([file.subarray(0, at + 1), file.subarray(at)]);
    yield { bytes: twice, at, kind: 'doubled', what: `byte ${at} (${byte}) doubled` };
  }
}

/** The lines with their line feeds. */
export function linesOf(file: Buffer): string[] {
  return file.toString('latin1').match(/[^\n]*\n/g) ?? [];
}

/** How many whole lines there are below the header in the first `cut` bytes, and where the last of them ends. */
export function wholeRows(file: Buffer, cut: number): { rows: number; bytes: number } {
  const whole = linesOf(file.subarray(0, cut));
  return { rows: Math.max(0, whole.length - 1), bytes: whole.join('').length };
}

/** The rows swapped in pairs, repeated anywhere, removed one by one, and drawn at random. */
export function rearranged(rows: readonly string[], draws: readonly (readonly number[])[]): string[][] {
  const swapped = rows.flatMap((_, a) =>
    rows.slice(0, a).map((_, b) => rows.map((row, at) => rows[at === a ? b : at === b ? a : at] ?? row)),
  );
  const repeated = rows.flatMap((row) => rows.map((_, at) => rows.toSpliced(at, 0, row)));
  const removed = rows.map((_, at) => rows.toSpliced(at, 1));
  const drawn = draws.map((picks) => picks.flatMap((pick) => rows[pick % rows.length] ?? []));
  return [...swapped, ...repeated, ...removed, ...drawn];
}
