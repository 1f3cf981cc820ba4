// What the experiments find, as it is kept in results.json: for each place the last run of each experiment.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeMachine, writeRounded } from '../bench/results.js';
import type { Verdict } from '../chaos/verdict.js';

export const requestKinds = ['lookup', 'trade', 'orderQuery'] as const;
export type RequestKind = (typeof requestKinds)[number];

/** Latencies of the requests of one kind, ms; undefined: there were none. */
interface KindLatency {
  readonly requests: number;
  readonly meanMs: number;
  readonly p95Ms: number;
}

export interface LatencyRow {
  readonly cached: boolean;
  readonly probability: number;
  readonly byKind: Readonly<Partial<Record<RequestKind, KindLatency>>>;
  readonly errors: number;
  /** Orders that were not found as they had been acknowledged. */
  readonly mismatches: number;
}

export interface HitRateRow {
  readonly cacheSize: number;
  readonly skew: number;
  readonly hitRate: number;
}

export interface ThroughputRow {
  readonly clients: number;
  readonly lookupsPerSecond: number;
  readonly tradesPerSecond: number;
  readonly failures: number;
}

/** How all promises were kept in a run with faults. */
interface Reckoning {
  readonly acknowledged: number;
  readonly requests: number;
  /** Requests that no definite answer came to. */
  readonly unanswered: number;
  readonly slowestMs: number;
  readonly verdict: Verdict;
  /** SHA-256 of the order log of each replica, afterwards. */
  readonly logHashes: Readonly<Record<string, string>>;
}

export interface Dot {
  readonly kind: 'lookup' | 'order' | 'query';
  /** Since the start, s. */
  readonly atS: number;
  readonly latencyMs: number;
  readonly failed: boolean;
}

export interface TimelineResult extends Reckoning {
  readonly dots: readonly Dot[];
  readonly marks: readonly { readonly name: string; readonly atS: number }[];
}

export interface FailoverResult extends Reckoning {
  /** The longest time without an answer to any order, for each fault, ms. */
  readonly killsMs: readonly number[];
  readonly pausesMs: readonly number[];
}

export interface ExperimentResults {
  readonly latency: readonly LatencyRow[];
  readonly 'hit-rate': readonly HitRateRow[];
  readonly throughput: readonly ThroughputRow[];
  readonly timeline: TimelineResult;
  readonly failover: FailoverResult;
}

export const experimentNames = ['latency', 'hit-rate', 'throughput', 'timeline', 'failover'] as const;
export type ExperimentName = keyof ExperimentResults;

/** How a result was made. */
export interface Origin {
  readonly at: string;
  readonly node: string;
  readonly processors: string;
  readonly generator: string;
  /** The command that does it again. */
  readonly command: string;
}

interface Kept<Result> {
  readonly origin: Origin;
  readonly result: Result;
}

export type PlaceResults = { readonly [Name in ExperimentName]?: Kept<ExperimentResults[Name]> };

export const placeNames = ['native', 'compose'] as const;
export type PlaceName = (typeof placeNames)[number];
export type Results = Readonly<Partial<Record<PlaceName, PlaceResults>>>;

const fileName = 'results.json';

export function originOf(place: PlaceName, experiment: ExperimentName, generator: string): Origin {
  const flags = `${place === 'compose' ? '--compose ' : ''}--experiments ${experiment}`;
  const command = `npm run evaluate -- ${flags}`;
  return { at: new Date().toISOString(), ...describeMachine(), generator, command };
}

export function readResults(directory: string): Results {
  const path = join(directory, fileName);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

/** Adds what was found now, and returns all there is. */
export async function writeResults(
  directory: string,
  place: PlaceName,
  found: PlaceResults,
): Promise<Results> {
  const earlier = readResults(directory);
  const results = { ...earlier, [place]: { ...earlier[place], ...found } };
  await mkdir(directory, { recursive: true });
  await writeRounded(join(directory, fileName), results);
  return results;
}
