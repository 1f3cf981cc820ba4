import type { Mutant } from './mutant.js';
import type { Verdict } from './verdict.js';

export interface Row {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  readonly seconds: number;
}

/** Violations name much; the beginning says which one it is. */
const textLimit = 110;

function cells({ mutant, verdict, seconds }: Row): string[] {
  const text = verdict.text.replaceAll(/\s+/g, ' ').slice(0, textLimit);
  const found = verdict.state === 'caught' ? text : `${verdict.state.toUpperCase()}: ${text}`;
  return [mutant.name, mutant.rule, String(verdict.runs), seconds.toFixed(1), found];
}

/** One line per mutant. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [['mutant', 'rule', 'runs', 's', 'caught by'], ...rows.map(cells)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const isNumber = (column: number): boolean => column === 2 || column === 3;
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  '),
    )
    .join('\n');
}
