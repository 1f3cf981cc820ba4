// What came of a fuzz run.

export interface Finding {
  /** Number of the request or message. */
  readonly index: number;
  readonly what: string;
  readonly bytes: Buffer;
}

export class Tally {
  readonly outcomes = new Map<string, number>();
  readonly findings: Finding[] = [];

  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** As `200: 17, 400: 4`. */
  get text(): string {
    const sorted = [...this.outcomes].sort(([, a], [, b]) => b - a);
    return sorted.map(([outcome, count]) => `${outcome}: ${count.toLocaleString('en-US')}`).join(', ');
  }
}

const shown = 10;

/** Tells what was found, and how to see it again. */
export function findingLines(findings: readonly Finding[], replay: (index: number) => string): string[] {
  const lines = findings
    .slice(0, shown)
    .flatMap(({ index, what, bytes }) => [
      what,
      `  ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`,
      `  again: ${replay(index)}`,
    ]);
  return findings.length > shown ? [...lines, `… and ${findings.length - shown} more`] : lines;
}
