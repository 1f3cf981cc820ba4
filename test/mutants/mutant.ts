// A mutant is the product with one of its rules switched off. Production code has no switches for that: a mutant is a
// small edit of the compiled JavaScript, made while it is loaded. A rule whose mutant nothing notices is a rule that
// nothing tests.
import type { LedgerPlace } from '../simulation/cluster.js';

/** One change of one compiled file. */
export interface Edit {
  /** The file, from dist/. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A test that is green, and red for the mutant. */
export interface DirectedTest {
  /** It starts a PostgreSQL server. */
  readonly needsPostgres?: boolean;
  /** The compiled mocha file, from dist/. */
  readonly file: string;
  readonly title: string;
  /** Why the simulation cannot see the mutant, or why that is not left to chance. */
  readonly why: string;
}

export interface Mutant {
  readonly name: string;
  /** The rule of docs/protocol.md that is switched off. */
  readonly rule: string;
  /** What the mutant does instead. */
  readonly change: string;
  readonly edits: readonly Edit[];
  /** Where the ledger of the simulated system is; files if left out. */
  readonly place?: LedgerPlace;
  /** What catches it; undefined: some seed of the simulation. */
  readonly test?: DirectedTest;
}

/** The edit does not fit the file: the product has changed, and the mutant must follow. */
export class EditError extends Error {}

/** @throws EditError what is to be replaced is not there, or more than once */
export function applyEdit(source: string, { file, find, replace }: Edit): string {
  const [before, after, ...others] = source.split(find);
  if (before === undefined || after === undefined || others.length > 0) {
    const times = after === undefined ? 'nowhere' : `${others.length + 1} times`;
    throw new EditError(`dist/${file} has this ${times}, and should have it once: ${find}`);
  }
  return before + replace + after;
}
