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
/** How often a rate that was too high is replaced by a lower one. */
const maxAttempts = 3;

export interface SteadyResult {
  readonly name: CaseName;
  /** The highest rate that the system reached beside the load generator of this measurement. */
  readonly highestPerSecond: number;
  readonly requestsPerSecond: number;
  readonly system: Summary;
  /** The bare server at the same rate: what of the latencies is the machine's. */
  readonly reference: Summary;
  readonly sustained: boolean;
  readonly failures: number;
}

/** How long that takes, s. */
export function steadySeconds(bench: Pick<Bench, 'rounds' | 'seconds'>, cases: readonly CaseName[]): number {
  return steadyCases.filter((name) => cases.includes(name)).length * turnSeconds(bench, 2) * 1.5;
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
    const subjects = [subjectOf(system), references[routes[name].reference]];
    let highest = highestOf(measured.filter((each) => each.name === name && each.failures === 0));
    for (let attempt = 1; highest !== undefined && attempt <= maxAttempts; attempt += 1) {
      bench.progress.now(`${name} at ${steadyShare * 100} % of ${highest.toFixed(0)}/s`);
      const result = await measureOne(bench, name, highest, subjects);
      bench.progress.finished(steadyLine(result));
      // This generator needs more of the processors than the one that found the highest rate: beside it, what came is it.
      highest = result.sustained ? undefined : result.system.requestsPerSecond;
      if (result.sustained || attempt === maxAttempts) {
        results.push(result);
      }
    }
  }
  return results;
}

function highestOf(cases: readonly CaseResult[]): number | undefined {
  return cases.map(({ system }) => system.requestsPerSecond).sort((a, b) => b - a)[0];
}

async function measureOne(
  bench: Bench,
  name: CaseName,
  highestPerSecond: number,
  subjects: readonly Subject[],
): Promise<SteadyResult> {
  const requestsPerSecond = Math.round(steadyShare * highestPerSecond);
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
    highestPerSecond,
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
