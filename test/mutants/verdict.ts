/** What became of a mutant. */
export interface Verdict {
  /** Broken: it could not be tried, so nothing is known. */
  readonly state: 'caught' | 'survived' | 'broken';
  /** What caught it, or what went wrong. */
  readonly text: string;
  /** Simulated runs, or tests, that it took. */
  readonly runs: number;
}

/** Errors that a mutant should not make: its edit is wrong, rather than the rule that it breaks is tested. */
const mistakes = /\b(ReferenceError|SyntaxError|EditError)\b/;

/** Caught by `text`, unless that says that the edit is wrong. */
export function caught(text: string, runs: number): Verdict {
  return { state: mistakes.test(text) ? 'broken' : 'caught', text, runs };
}
