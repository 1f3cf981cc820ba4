// Whether a copy of a system's files is whole and fits together: pure.
import type { FindingKind } from './finding.js';
import type { Report } from './report.js';

/** What changes by hand in catalog.csv, which are allowed, look like too: told, and no reason to refuse. */
const toldOnly: ReadonlySet<FindingKind> = new Set(['stock sum', 'negative stock']);

export interface CopyVerdict {
  /** Why it cannot be trusted; empty if it can. */
  readonly objections: readonly string[];
  /** What is worth knowing. */
  readonly remarks: readonly string[];
}

/** @param absent complaints about files that were missing in the original, too */
export function judgeCopy(report: Report, absent: readonly string[] = []): CopyVerdict {
  const { findings, unchecked, notes, stocksSeenNumber = 0, ledger } = report;
  const isNewerThanJournal = stocksSeenNumber > ledger.lastNumber;
  return {
    objections: [
      ...findings.filter(({ kind }) => !toldOnly.has(kind) || isNewerThanJournal).map(({ text }) => text),
      ...unchecked.filter((text) => !absent.includes(text)),
    ],
    remarks: [
      ...findings.filter(({ kind }) => toldOnly.has(kind) && !isNewerThanJournal).map(({ text }) => text),
      ...unchecked.filter((text) => absent.includes(text)),
      ...notes.filter((note) => !note.startsWith('files only')),
    ],
  };
}
