// Whether a run kept the promises, in words and numbers.
import type { Figures } from './figures.js';

export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  readonly gaps: number;
  readonly staleLookups: number;
  readonly unanswered: number;
  /** Everything else that must not be. */
  readonly others: number;
  readonly violations: readonly string[];
}

/** @param violations each begins with the name of its invariant, as the checker gives them */
export function judge(violations: readonly string[], { unanswered }: Pick<Figures, 'unanswered'>): Verdict {
  const count = (...names: string[]): number =>
    violations.filter((text) => names.includes(text.slice(0, text.indexOf(':')))).length;
  const named = { lost: count('I1'), doubled: count('I3'), gaps: count('I2'), staleLookups: count('I10') };
  const others = violations.length - Object.values(named).reduce((sum, each) => sum + each, 0);
  return { ...named, unanswered, others, violations };
}

export function isClean({ violations, unanswered }: Verdict): boolean {
  return violations.length === 0 && unanswered === 0;
}
