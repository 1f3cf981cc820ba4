// From what the sessions saw to what is shown at the end. Pure: no I/O here.
import type { CacheStatus } from './exchange-client.js';
import { summarizeLatencies, type LatencySummary } from './latency-summary.js';
import { findRepeatedNumbers } from './order-comparison.js';
import { requestKinds, type RequestKind, type Sample, type SessionResult } from './session.js';

/** How often each text occurred, the most frequent first. */
type Counts = Readonly<Record<string, number>>;

export interface KindSummary {
  readonly requests: number;
  readonly errors: number;
  /** How many requests were sent again, each time counted. */
  readonly retries: number;
  readonly refusals: Counts;
  readonly errorMessages: Counts;
  /** Of the requests that were answered, refusals included; null when there were none. */
  readonly latency: LatencySummary | null;
  /** How often the answer came from the cache, and how often not; null when no answer said so. */
  readonly cache: CacheSummary | null;
}

interface CacheSummary {
  readonly hits: number;
  readonly misses: number;
  readonly bypasses: number;
  /** hits / (hits + misses + bypasses), 0 to 1. */
  readonly hitRate: number;
}

export interface ClientSummary {
  readonly durationMs: number;
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly errors: number;
  readonly retries: number;
  readonly refusals: number;
  readonly byKind: Readonly<Record<RequestKind, KindSummary>>;
  readonly ordersPlaced: number;
  /** How many of them the exchange told the same about at the end. */
  readonly ordersConfirmed: number;
  readonly mismatches: readonly string[];
}

/** @param durationMs how long all sessions together took */
export function summarizeSessions(sessions: readonly SessionResult[], durationMs: number): ClientSummary {
  const samples = sessions.flatMap((session) => session.samples);
  const kinds = requestKinds.map((kind) => summarizeKind(samples.filter((sample) => sample.kind === kind)));
  const [lookup, trade, orderQuery] = kinds as [KindSummary, KindSummary, KindSummary];
  return {
    durationMs,
    requests: samples.length,
    requestsPerSecond: durationMs > 0 ? (samples.length * 1_000) / durationMs : 0,
    errors: sum(kinds.map((kind) => kind.errors)),
    retries: sum(kinds.map((kind) => kind.retries)),
    refusals: samples.filter((sample) => sample.result === 'refused').length,
    byKind: { lookup, trade, orderQuery },
    ordersPlaced: sum(sessions.map((session) => session.orders.length)),
    ordersConfirmed: sum(sessions.map((session) => session.confirmedOrders)),
    mismatches: [
      ...sessions.flatMap((session) => session.mismatches),
      ...findRepeatedNumbers(sessions.map((session) => session.orders)),
    ],
  };
}

/** Whether all went as it must: every request answered, every order confirmed as it was acknowledged. */
export function isFlawless(summary: ClientSummary): boolean {
  return (
    summary.errors === 0 &&
    summary.mismatches.length === 0 &&
    summary.ordersConfirmed === summary.ordersPlaced
  );
}

function summarizeKind(samples: readonly Sample[]): KindSummary {
  const errors = samples.filter((sample) => sample.result === 'error');
  const refused = samples.filter((sample) => sample.result === 'refused');
  const answered = samples.filter((sample) => sample.result !== 'error');
  return {
    requests: samples.length,
    errors: errors.length,
    retries: sum(samples.map((sample) => sample.retries)),
    refusals: countMessages(refused),
    errorMessages: countMessages(errors),
    latency: summarizeLatencies(answered.map((sample) => sample.latencyMs)) ?? null,
    cache: summarizeCache(samples),
  };
}

function summarizeCache(samples: readonly Sample[]): CacheSummary | null {
  const count = (status: CacheStatus) => samples.filter((sample) => sample.cache === status).length;
  const [hits, misses, bypasses] = [count('HIT'), count('MISS'), count('BYPASS')];
  const total = hits + misses + bypasses;
  return total === 0 ? null : { hits, misses, bypasses, hitRate: hits / total };
}

function countMessages(samples: readonly Sample[]): Counts {
  const counts = new Map<string, number>();
  for (const { message = '' } of samples) {
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
