// The results in words and tables.
import { summarizeLatencies } from '../../src/cli/latency-summary.js';
import { figure, markdownTable } from '../bench/table.js';
import { isClean } from '../chaos/verdict.js';
import { kindTitles } from './plots.js';
import {
  requestKinds,
  type ExperimentName,
  type ExperimentResults,
  type FailoverResult,
  type HitRateRow,
  type LatencyRow,
  type Origin,
  type ThroughputRow,
  type TimelineResult,
} from './results.js';

const count = (value: number): string => value.toLocaleString('en-US');

function latencyText(rows: readonly LatencyRow[]): string {
  const head = ['Cache', 'p', ...requestKinds.flatMap((kind) => [`${kindTitles[kind]}, mean ms`, 'p95 ms'])];
  const table = markdownTable(
    head,
    rows.map(({ cached, probability, byKind }) => [
      cached ? 'on' : 'off',
      String(probability),
      ...requestKinds.flatMap((kind) => {
        const { meanMs = Number.NaN, p95Ms = Number.NaN } = byKind[kind] ?? {};
        return [figure(meanMs), figure(p95Ms)];
      }),
    ]),
  );
  const requests = rows.flatMap(({ byKind }) => requestKinds.map((kind) => byKind[kind]?.requests ?? 0));
  const all = count(requests.reduce((sum, each) => sum + each, 0));
  const errors = rows.reduce((sum, row) => sum + row.errors, 0);
  const mismatches = rows.reduce((sum, row) => sum + row.mismatches, 0);
  return `${table}\n\n${all} requests; failed: ${errors}; orders not found as they had been acknowledged: ${mismatches}.`;
}

function hitRateText(rows: readonly HitRateRow[]): string {
  const skews = [...new Set(rows.map(({ skew }) => skew))];
  const sizes = [...new Set(rows.map(({ cacheSize }) => cacheSize))];
  const rate = (cacheSize: number, skew: number): string => {
    const row = rows.find((each) => each.cacheSize === cacheSize && each.skew === skew);
    return row ? `${(row.hitRate * 100).toFixed(1)} %` : '-';
  };
  return markdownTable(
    ['Stocks in the cache', ...skews.map((skew) => (skew === 0 ? 'uniform' : `Zipf ${skew}`))],
    sizes.map((cacheSize) => [String(cacheSize), ...skews.map((skew) => rate(cacheSize, skew))]),
  );
}

function throughputText(rows: readonly ThroughputRow[]): string {
  return markdownTable(
    ['Clients', 'lookups/s', 'trades/s'],
    rows.map(({ clients, lookupsPerSecond, tradesPerSecond, failures }) => [
      `${clients}${failures > 0 ? ` (${failures} requests failed)` : ''}`,
      figure(lookupsPerSecond),
      figure(tradesPerSecond),
    ]),
  );
}

type Reckoning = Pick<
  TimelineResult,
  'acknowledged' | 'requests' | 'unanswered' | 'slowestMs' | 'verdict' | 'logHashes'
>;

/** The two questions that everybody asks, answered by this run. */
function answersText({
  acknowledged,
  requests,
  unanswered,
  slowestMs,
  verdict,
  logHashes,
}: Reckoning): string {
  const hashes = Object.entries(logHashes);
  const isSame = new Set(Object.values(logHashes)).size === 1;
  const violations = verdict.violations.map((violation) => `- ${violation}`);
  return [
    `- **Do clients notice a failure?** Of ${count(requests)} requests ${count(unanswered)} had no answer; the slowest took ${figure(slowestMs)} ms.`,
    `- **Do all replicas end with the same file?** ${isSame ? 'Yes' : '**No**'}: SHA-256 of \`orders.csv\` begins with ` +
      `${hashes.map(([name, hash]) => `\`${hash.slice(0, 12)}\` (${name})`).join(', ')}.`,
    `- ${count(acknowledged)} orders were acknowledged; lost ${verdict.lost}, doubled ${verdict.doubled}, gaps in the ` +
      `numbers ${verdict.gaps}, lookups older than an acknowledged trade ${verdict.staleLookups}. ` +
      (isClean(verdict) ? 'All promises were kept.' : '**Promises were broken:**'),
    ...violations,
  ].join('\n');
}

function timelineText(result: TimelineResult): string {
  const marks = result.marks.map(({ name, atS }) => `${name} at ${atS.toFixed(2)} s`).join(', ');
  return `${marks}.\n\n${answersText(result)}`;
}

function failoverText(result: FailoverResult): string {
  const row = (name: string, timesMs: readonly number[]): string[] => {
    const summary = summarizeLatencies(timesMs);
    const figures = summary ? [summary.p50Ms, summary.p95Ms, summary.maxMs].map((ms) => ms.toFixed(0)) : [];
    return [name, String(timesMs.length), ...figures];
  };
  const table = markdownTable(
    ['Leader', 'times', 'p50 ms', 'p95 ms', 'max ms'],
    [row('killed', result.killsMs), row('paused', result.pausesMs)],
  );
  return `${table}\n\n${answersText(result)}`;
}

export const texts: { readonly [Name in ExperimentName]: (result: ExperimentResults[Name]) => string } = {
  latency: latencyText,
  'hit-rate': hitRateText,
  throughput: throughputText,
  timeline: timelineText,
  failover: failoverText,
};

export function originText({ at, node, processors, generator, command }: Origin): string {
  return `\`${command}\`, ${at.slice(0, 10)}, Node ${node} on ${processors}, ${generator}.`;
}
