// The five routes at several numbers of connections, each next to a bare server that does as little as one can.
import type { System } from '../support/system.js';
import { writeLongHistory } from '../measure/long-history.js';
import { subjectOf, type Subject } from './lab.js';
import { failuresOf, measureInTurns, summarize, turnSeconds, warmingSeconds, warmUp } from './measurement.js';
import type { Bench, Measured, Summary } from './measurement.js';
import { earlierOrders, routes, type CaseName } from './routes.js';
import { medianRatio } from './statistics.js';

export interface CaseResult {
  readonly name: CaseName;
  readonly connections: number;
  readonly system: Summary;
  readonly reference: Summary;
  /** Requests/s as a share of the reference's: the median of the rounds. */
  readonly ratio: number;
  readonly failures: number;
  readonly rounds: readonly { readonly system: Measured; readonly reference: Measured }[];
}

export interface CaseChoice {
  readonly cases: readonly CaseName[];
  readonly connections: readonly number[];
}

/** How long all of that takes, s. */
export function casesSeconds(bench: Pick<Bench, 'rounds' | 'seconds'>, { cases, connections }: CaseChoice) {
  return cases.length * (warmingSeconds(bench, 2) + connections.length * turnSeconds(bench, 2));
}

/** A system that has executed orders before, so that there is something to ask for. */
export function startTradedSystem({ lab }: Bench): Promise<System> {
  return lab.system({}, (directory) => writeLongHistory(directory, earlierOrders));
}

/** Measures each chosen case. */
export async function measureCases(
  bench: Bench,
  system: System,
  references: Readonly<Record<'get' | 'post', Subject>>,
  choice: CaseChoice,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const name of choice.cases) {
    // Only while it is asked: its heartbeats are work, too.
    const frontend = name === 'uncached' ? await bench.lab.frontend(system, { CACHE_SIZE: '0' }) : undefined;
    const subject = subjectOf(frontend ?? system, system);
    const { reference, requests } = routes[name];
    // Each has a list of its own: an order that was just asked for is cached.
    const targets = [subject, references[reference]].map((each) => ({
      subject: each,
      requests: bench.lab.list(requests()),
    }));
    bench.progress.now(`${name}, warming up`);
    await warmUp(bench, targets);
    for (const connections of choice.connections) {
      bench.progress.now(`${name}, ${connections} connections`);
      const sides = targets.map((target) => ({ ...target, connections }));
      const result = caseResult(name, connections, await measureInTurns(bench, sides));
      results.push(result);
      bench.progress.finished(caseLine(result));
    }
    await (frontend && bench.lab.end(frontend));
  }
  return results;
}

function caseResult(name: CaseName, connections: number, measured: readonly Measured[][]): CaseResult {
  const rounds = measured.map(([system, reference]) => ({
    system: system as Measured,
    reference: reference as Measured,
  }));
  return {
    name,
    connections,
    system: summarize(rounds.map(({ system }) => system)),
    reference: summarize(rounds.map(({ reference }) => reference)),
    ratio: medianRatio(
      rounds.map(({ system, reference }) => [system.requestsPerSecond, reference.requestsPerSecond]),
    ),
    failures: failuresOf(measured.flat()),
    rounds,
  };
}

function caseLine({ name, connections, system, ratio, failures }: CaseResult): string {
  const figures =
    failures > 0
      ? `does not count: ${failures} requests failed`
      : `${system.requestsPerSecond.toFixed(0)}/s, p50 ${system.p50Ms.toFixed(2)} ms, ` +
        `p99 ${system.p99Ms.toFixed(2)} ms, ratio ${ratio.toFixed(3)}`;
  return `${name}, ${connections} connections: ${figures}`;
}
