/** What became of a mutant. */
export interface Verdict {
  /** Broken: it could not be tried, so nothing is known. Left out: this machine lacks what that takes. */
  readonly state: 'caught' | 'survived' | 'broken' | 'left out';
  /** What caught it, or what went wrong. */
  readonly text: string;
  /** Simulated runs, or tests, that it took. */
  readonly runs: number;
}

/** Errors that a mutant should not make: its edit is wrong, rather than the rule that it breaks is tested. */
const mistakes = /\b(ReferenceError|SyntaxError|EditError)\b/;

/** @param complaints what was found; the first one is told, unless another one says that the edit is wrong */
export function caught(complaints: readonly string[], runs: number): Verdict {
  const mistake = complaints.find((text) => mistakes.test(text));
  const state = mistake === undefined ? 'caught' : 'broken';
  return { state, text: mistake ?? complaints[0] ?? '', runs };
}

/** The line of a process's last words that names the error. */
export function errorLine(lastWords: string): string {
  const lines = lastWords.trim().split('\n');
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '').trim();
}
