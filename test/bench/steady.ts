// Latencies at a steady load below the highest: what a client sees of a server that is busy, but not too busy.
import type { System } from '../support/system.js';
import { subjectOf, type Subject } from './lab.js';
import {
  failuresOf,
  measureInTurns,
  summarize,
  turnSeconds,
  type Bench,
  type Summary,
} from './measurement.js';
import type { CaseResult } from './cases.js';
import { pacedGenerator } from './paced.js';
import { routes, type CaseName } from './routes.js';

/** Of the highest rate that was measured. */
const steadyShare = 0.8;
/** So many connections that a request hardly ever waits for one. */
const steadyConnections = 128;
/** The cases that are measured so. */
const steadyCases: readonly CaseName[] = ['cached', 'trade'];
/** A rate that falls short of what was asked for by more than that was too high. */
const sustainedShare = 0.98;

export interface SteadyResult {
  readonly name: CaseName;
  /** The highest rate that was measured, and the number of connections that reached it. */
  readonly highest: { readonly requestsPerSecond: number; readonly connections: number };
  readonly requestsPerSecond: number;
  readonly system: Summary;
  /** The bare server at the same rate: what of the latencies is the machine's. */
  readonly reference: Summary;
  readonly sustained: boolean;
  readonly failures: number;
}

/** How long that takes, s. */
export function steadySeconds(bench: Pick<Bench, 'rounds' | 'seconds'>, cases: readonly CaseName[]): number {
  return steadyCases.filter((name) => cases.includes(name)).length * turnSeconds(bench, 2);
}

/** Measures cached lookups and trades at 80 % of the highest rates among `measured`. */
export async function measureSteady(
  bench: Bench,
  system: System,
  references: Readonly<Record<'get' | 'post', Subject>>,
  measured: readonly CaseResult[],
): Promise<SteadyResult[]> {
  const results: SteadyResult[] = [];
  for (const name of steadyCases) {
    const highest = highestOf(measured.filter((each) => each.name === name && each.failures === 0));
    if (highest) {
      bench.progress.now(`${name} at ${steadyShare * 100} % of ${highest.requestsPerSecond.toFixed(0)}/s`);
      const subjects = [subjectOf(system), references[routes[name].reference]];
      const result = await measureOne(bench, name, highest, subjects);
      results.push(result);
      bench.progress.finished(steadyLine(result));
    }
  }
  return results;
}

function highestOf(cases: readonly CaseResult[]): SteadyResult['highest'] | undefined {
  const rates = cases.map(({ system, connections }) => ({
    requestsPerSecond: system.requestsPerSecond,
    connections,
  }));
  return rates.sort((a, b) => b.requestsPerSecond - a.requestsPerSecond)[0];
}

async function measureOne(
  bench: Bench,
  name: CaseName,
  highest: SteadyResult['highest'],
  subjects: readonly Subject[],
): Promise<SteadyResult> {
  const requestsPerSecond = Math.round(steadyShare * highest.requestsPerSecond);
  const generator = pacedGenerator(bench.lab, requestsPerSecond);
  const sides = subjects.map((subject) => ({
    subject,
    requests: bench.lab.list(routes[name].requests()),
    connections: steadyConnections,
  }));
  const rounds = await measureInTurns({ ...bench, generator }, sides);
  const [system, reference] = [0, 1].map((side) =>
    summarize(rounds.flatMap((round) => round.slice(side, side + 1))),
  ) as [Summary, Summary];
  const sustained = system.requestsPerSecond >= sustainedShare * requestsPerSecond;
  return {
    name,
    highest,
    requestsPerSecond,
    system,
    reference,
    sustained,
    failures: failuresOf(rounds.flat()),
  };
}

function steadyLine({ name, requestsPerSecond, system, sustained }: SteadyResult): string {
  const { p50Ms, p99Ms } = system;
  return (
    `${name} at ${requestsPerSecond}/s: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
    `p99/p50 ${(p99Ms / p50Ms).toFixed(1)}${sustained ? '' : `, but only ${system.requestsPerSecond.toFixed(0)}/s came`}`
  );
}
