// Measures servers in turns: A B A B. Machines are noisy, so that what counts are medians, and ratios within a round.
import type { Lab, Subject } from './lab.js';
import type { Generator, LoadResult, RequestList } from './load.js';
import { openPages } from './open-pages.js';
import { cpuTime } from './proc.js';
import type { Progress } from './progress.js';
import { median, type Latency } from './statistics.js';

/** One of the servers that are measured in turns. */
export interface Side {
  readonly subject: Subject;
  readonly requests: RequestList;
  readonly connections: number;
  /** How many pages are open meanwhile, and follow what happens; else none. */
  readonly pages?: number;
}

/** One measurement. */
export interface Measured extends LoadResult {
  readonly requestsPerSecond: number;
  /** Processor time per request of each process and of the load generator, µs; without /proc there is none. */
  readonly cpuUsPerRequest: Readonly<Record<string, number>>;
}

/** Name of the load generator among the processes. */
export const generatorName = 'load generator';

export interface Bench {
  readonly lab: Lab;
  readonly generator: Generator;
  readonly progress: Progress;
  readonly rounds: number;
  readonly seconds: number;
}

/** A load that follows another one on the same processes has that long to settle, s. */
const longestSettling = 1;
/**
 * New processes take that long at most until their code is compiled, s. With less, a lone trade takes three times as
 * long as it does later.
 */
const longestWarmUp = 5;
/** So many connections bring them there soon; a single one would take minutes. */
const warmUpConnections = 32;

const settlingSeconds = (seconds: number): number => Math.min(longestSettling, seconds);
const warmUpSeconds = (seconds: number): number => Math.min(longestWarmUp, 2 * seconds);

/** How long `measureInTurns` takes, s. */
export function turnSeconds({ rounds, seconds }: Pick<Bench, 'rounds' | 'seconds'>, sides: number): number {
  return sides * (settlingSeconds(seconds) + rounds * seconds);
}

/** @returns the measurements of each round, in the order of the sides; the load to settle is not among them */
export async function measureInTurns(bench: Bench, sides: readonly Side[]): Promise<Measured[][]> {
  const rounds: Measured[][] = [];
  for (let number = 0; number <= bench.rounds; number += 1) {
    const seconds = number === 0 ? settlingSeconds(bench.seconds) : bench.seconds;
    const round: Measured[] = [];
    for (const side of sides) {
      round.push(await measure(bench, side, seconds));
      bench.progress.advance(seconds);
    }
    if (number > 0) {
      rounds.push(round);
    }
  }
  return rounds;
}

/** How long `warmUp` takes, s. */
export function warmingSeconds({ seconds }: Pick<Bench, 'seconds'>, sides: number): number {
  return sides * warmUpSeconds(seconds);
}

/** To be called when a load is put on processes for the first time. */
export async function warmUp(bench: Bench, sides: readonly Omit<Side, 'connections'>[]): Promise<void> {
  const seconds = warmUpSeconds(bench.seconds);
  for (const side of sides) {
    await measure(bench, { ...side, connections: warmUpConnections }, seconds);
    bench.progress.advance(seconds);
  }
}

async function measure(
  { lab, generator }: Bench,
  { subject, requests, connections, pages = 0 }: Side,
  seconds: number,
): Promise<Measured> {
  const { url, pids } = subject;
  // Only now: open all the time, they would also slow what is measured in between.
  const closePages = await openPages(url, pages);
  const before = cpuTimes(pids);
  const result = await generator.run({ url, requests, connections, seconds }).finally(closePages);
  const after = cpuTimes(pids);
  // Those that were under way at the end are not counted, but they were sent.
  requests.skip(result.requests + connections);
  lab.checkAlive();
  const perRequest = [...after].map(([name, us]) => [name, (us - (before.get(name) ?? 0)) / result.requests]);
  const own =
    result.cpuUs === undefined || after.size === 0 ? [] : [[generatorName, result.cpuUs / result.requests]];
  return {
    ...result,
    requestsPerSecond: result.requests / result.seconds,
    cpuUsPerRequest: Object.fromEntries([...perRequest, ...own]),
  };
}

function cpuTimes(pids: ReadonlyMap<string, number>): Map<string, number> {
  const times = [...pids].map(([name, pid]) => [name, cpuTime(pid)?.ownUs] as const);
  return new Map(times.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** How many requests failed: then the figures do not count. */
export function failuresOf(measured: readonly LoadResult[]): number {
  return measured.reduce((sum, each) => sum + each.badStatuses + each.brokenConnections, 0);
}

/** Processor time per request of all that was measured but the load generator, µs; NaN where it is not known. */
export function serversCpuUs({ cpuUsPerRequest }: Pick<Measured, 'cpuUsPerRequest'>): number {
  const servers = Object.entries(cpuUsPerRequest).filter(([name]) => name !== generatorName);
  return servers.length > 0 ? servers.reduce((sum, [, us]) => sum + us, 0) : Number.NaN;
}

export interface Summary extends Latency {
  readonly requestsPerSecond: number;
  readonly cpuUsPerRequest: Readonly<Record<string, number>>;
}

/** The medians of all figures, each by itself. */
export function summarize(measured: readonly Measured[]): Summary {
  const medianOf = (pick: (each: Measured) => number): number => median(measured.map(pick));
  const names = Object.keys(measured[0]?.cpuUsPerRequest ?? {});
  return {
    requestsPerSecond: medianOf((each) => each.requestsPerSecond),
    p50Ms: medianOf((each) => each.p50Ms),
    p99Ms: medianOf((each) => each.p99Ms),
    p999Ms: medianOf((each) => each.p999Ms),
    cpuUsPerRequest: Object.fromEntries(
      names.map((name) => [name, medianOf((each) => each.cpuUsPerRequest[name] ?? Number.NaN)]),
    ),
  };
}
