/** One replica took office, as it says in its log. */
export interface Election {
  /** On the clock of `performance.now()` in this process. */
  readonly atMs: number;
  readonly leaderId: number;
  readonly term: number;
}

const leadingPattern = /^leading in term (\d+) /;

/** @param logs the replicas' logs, among other lines; JSON objects one a line, whatever stands before them */
export function readElections(logs: string): Election[] {
  const elections: Election[] = [];
  for (const line of logs.split('\n')) {
    const entry = line.includes('leading in term') ? parse(line.slice(line.indexOf('{'))) : undefined;
    const [, term] = leadingPattern.exec(entry?.msg ?? '') ?? [];
    const [, id] = /^order-(\d)$/.exec(entry?.service ?? '') ?? [];
    if (entry && term && id) {
      const atMs = entry.time - performance.timeOrigin;
      elections.push({ atMs, leaderId: Number(id), term: Number(term) });
    }
  }
  return elections.sort((a, b) => a.term - b.term);
}

/** Rule I8: each term has one leader. @returns the violations */
export function checkTerms(elections: readonly Election[]): string[] {
  return elections
    .filter(({ term }, index) => elections[index - 1]?.term === term)
    .map(({ term }) => `I8: more than one replica led in term ${term}`);
}

function parse(text: string): { msg?: string; service?: string; time: number } | undefined {
  try {
    return JSON.parse(text) as { msg?: string; service?: string; time: number };
  } catch {
    return undefined;
  }
}
