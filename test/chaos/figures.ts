// What a run is summed up as.
import { code } from '../../src/shared/answer-codes.js';
import { summarizeLatencies, type LatencySummary } from '../../src/cli/latency-summary.js';
import type { Election } from './elections.js';
import type { FaultRecord } from './faults.js';
import type { Served } from './client.js';
import type { Load } from './load.js';

/** An order was decided: executed, or refused for good. */
const isDecided = ({ kind, code: answer }: Served): boolean =>
  (kind === 'order' || kind === 're-post') && answer !== 0;

/** When an order was answered for good, ascending, ms. */
export function decisionTimes(served: readonly Served[]): number[] {
  return answerTimes(served.filter(isDecided));
}

/** When an order was shown to somebody, ascending, ms. */
function queryTimes(served: readonly Served[]): number[] {
  return answerTimes(served.filter(({ kind, code: answer }) => kind === 'query' && answer === code.ok));
}

function answerTimes(served: readonly Served[]): number[] {
  return served.map(({ answeredMs }) => answeredMs).sort((a, b) => a - b);
}

/**
 * The longest time in which no order was answered, of all such times that touch the span, ms. A silence that
 * began before the span, or goes on after it, counts as a whole.
 * @param timesMs ascending
 */
export function longestSilenceMs(timesMs: readonly number[], fromMs: number, toMs: number): number {
  let index = firstAfter(timesMs, fromMs);
  let longest = 0;
  let before = timesMs[index - 1] ?? fromMs;
  for (; before < toMs && index < timesMs.length; index += 1) {
    const at = timesMs[index] as number;
    longest = Math.max(longest, at - before);
    before = at;
  }
  return longest;
}

/** Index of the first time that is later. */
function firstAfter(timesMs: readonly number[], ms: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] as number) <= ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Orders answered per second within a span. */
export function rate(timesMs: readonly number[], fromMs: number, toMs: number): number {
  return (1_000 * (firstAfter(timesMs, toMs) - firstAfter(timesMs, fromMs))) / (toMs - fromMs);
}

/** After a fault is healed, what follows within this time is still its doing, ms. */
export const aftermathMs = 1_000;

export interface Silences {
  /** Without an answer to any order. */
  readonly orders: LatencySummary;
  /** Without an order shown to anybody. */
  readonly queries: LatencySummary;
}

/** So long after a fault is healed the next one finds a system that may still be busy with the first, ms. */
const recoveryMs = 3_000;

/** Whether what followed a fault was its own doing. */
function isAlone(fault: FaultRecord, faults: readonly FaultRecord[]): boolean {
  return faults.every(
    (other) =>
      other === fault ||
      other.untilMs + recoveryMs < fault.fromMs ||
      other.fromMs > fault.untilMs + aftermathMs,
  );
}

/** The longest silence of each fault that came alone, by kind of fault. */
export function silencesByFault(
  served: readonly Served[],
  faults: readonly FaultRecord[],
): Map<string, Silences> {
  const orders = decisionTimes(served);
  const queries = queryTimes(served);
  const alone = faults.filter((fault) => isAlone(fault, faults));
  const kindOf = ({ action, victim }: FaultRecord): string => `${action} ${victim}`;
  const summarize = (timesMs: readonly number[], kind: string): LatencySummary =>
    summarizeLatencies(
      alone
        .filter((fault) => kindOf(fault) === kind)
        .map(({ fromMs, untilMs }) => longestSilenceMs(timesMs, fromMs, untilMs + aftermathMs)),
    ) as LatencySummary;
  const kinds = [...new Set(alone.map(kindOf))].sort((a, b) => a.localeCompare(b));
  return new Map(
    kinds.map((kind) => [kind, { orders: summarize(orders, kind), queries: summarize(queries, kind) }]),
  );
}

export interface Figures {
  readonly durationMs: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly rePosts: number;
  readonly lookups: number;
  readonly cacheHits: number;
  readonly queries: number;
  /** Attempts that the system turned down for now, with 503. */
  readonly turnedDown: number;
  /** Attempts whose connection broke or gave no answer in time. */
  readonly broken: number;
  readonly unanswered: number;
  /** From the first attempt to the definite answer. */
  readonly orderLatency: LatencySummary | undefined;
  readonly readLatency: LatencySummary | undefined;
  readonly faults: number;
  readonly elections: number;
  readonly highestTerm: number;
  readonly leaders: readonly number[];
}

interface Observed {
  readonly load: Load;
  readonly faults: readonly FaultRecord[];
  readonly elections: readonly Election[];
  readonly durationMs: number;
}

export function sumUp({ load, faults, elections, durationMs }: Observed): Figures {
  const { served, posts, lookups, queries } = load;
  const count = (kind: Served['kind']): number => served.filter((each) => each.kind === kind).length;
  const ofKind = (...kinds: Served['kind'][]): number[] =>
    served
      .filter(({ kind, code: answer }) => kinds.includes(kind) && answer !== 0)
      .map(({ sentMs, answeredMs }) => answeredMs - sentMs);
  const newOrders = served.filter(({ kind }) => kind === 'order');
  return {
    durationMs,
    acknowledged: newOrders.filter(({ code: answer }) => answer === code.ok).length,
    refused: newOrders.filter(({ code: answer }) => answer === code.notFound).length,
    rePosts: count('re-post'),
    lookups: count('lookup'),
    cacheHits: lookups.filter(({ by }) => by.includes('HIT')).length,
    queries: count('query'),
    turnedDown:
      posts.filter((posted) => posted.code === code.unavailable).length +
      queries.filter((query) => query.code === code.unavailable).length +
      served.filter((each) => each.kind === 'lookup' && each.code === code.unavailable).length,
    broken: posts.filter((posted) => posted.code === 0).length,
    unanswered: served.filter((each) => each.code === 0).length,
    orderLatency: summarizeLatencies(ofKind('order', 're-post')),
    readLatency: summarizeLatencies(ofKind('lookup', 'query')),
    faults: faults.length,
    elections: elections.length,
    highestTerm: Math.max(0, ...elections.map(({ term }) => term)),
    leaders: [...new Set(elections.map(({ leaderId }) => leaderId))].sort((a, b) => a - b),
  };
}
