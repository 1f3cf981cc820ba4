// The report of a run: a table for people, report.json for programs, timeline.svg for both.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LatencySummary } from '../../src/cli/latency-summary.js';
import type { Figures, Silences } from './figures.js';
import { isClean, type Verdict } from './verdict.js';

export interface Report {
  readonly seed: number;
  readonly mode: 'native' | 'database' | 'compose';
  readonly figures: Figures;
  readonly verdict: Verdict;
  readonly silences: ReadonlyMap<string, Silences>;
  /** Faults that were tried in vain, with the reason. */
  readonly notMade: readonly string[];
  /** Faults that were left out, with the reason. */
  readonly leftOut: ReadonlyMap<string, string>;
}

const ms = (value: number): string => value.toFixed(0);

const latencyText = (summary: LatencySummary | undefined): string =>
  summary ? `p50 ${ms(summary.p50Ms)} ms, p99 ${ms(summary.p99Ms)} ms, max ${ms(summary.maxMs)} ms` : '-';

/** Lines in which the columns stand below each other; the first column is text, the others are numbers. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function silenceTable(silences: ReadonlyMap<string, Silences>): string[] {
  const rows = [...silences].map(([kind, { orders, queries }]) => [
    kind,
    String(orders.count),
    ...[orders, queries].flatMap(({ p50Ms, p99Ms, maxMs }) => [p50Ms, p99Ms, maxMs].map(ms)),
  ]);
  const percentiles = (of: string): string[] => [`${of} p50`, 'p99', 'max ms'];
  const head = [
    'longest silence, faults alone',
    'times',
    ...percentiles('orders'),
    ...percentiles('queries'),
  ];
  return alignColumns([head, ...rows]);
}

/** The figures as lines. */
function figureTable(figures: Figures): string[] {
  const seconds = figures.durationMs / 1_000;
  const perSecond = (count: number): string => `${count} (${(count / seconds).toFixed(0)}/s)`;
  const rows = [
    ['duration', `${seconds.toFixed(0)} s`],
    ['orders acknowledged', perSecond(figures.acknowledged)],
    ['orders refused', String(figures.refused)],
    ['old orders sent again', String(figures.rePosts)],
    ['lookups', `${figures.lookups}, ${figures.cacheHits} of them from the cache`],
    ['order queries', String(figures.queries)],
    ['order latency', latencyText(figures.orderLatency)],
    ['read latency', latencyText(figures.readLatency)],
    ['answers of 503', String(figures.turnedDown)],
    ['broken connections', String(figures.broken)],
    ['faults', String(figures.faults)],
    [
      'elections',
      `${figures.elections}, up to term ${figures.highestTerm}, won by replicas ${figures.leaders.join(', ')}`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name?.length ?? 0));
  return rows.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}`);
}

/** The last line: did the system keep its promises? */
export function verdictLine(verdict: Verdict): string {
  const { lost, doubled, gaps, staleLookups, unanswered, others } = verdict;
  const counts = `lost ${lost}, doubled ${doubled}, gaps ${gaps}, stale lookups ${staleLookups}, unanswered ${unanswered}`;
  return `${isClean(verdict) ? 'OK' : 'FAILED'}: ${counts}${others > 0 ? `, other violations ${others}` : ''}`;
}

/** Prints the report, except for its last line. */
export function printReport(report: Report, print: (line: string) => void): void {
  const { figures, silences, verdict, notMade, leftOut } = report;
  ['', ...figureTable(figures), '', ...silenceTable(silences), ''].forEach(print);
  leftOut.forEach((reason, name) => print(`left out: ${name}, because ${reason}`));
  notMade.forEach((text) => print(`could not be made: ${text.trim()}`));
  verdict.violations.slice(0, 20).forEach(print);
  if (verdict.violations.length > 20) {
    print(`… and ${verdict.violations.length - 20} more, in report.json`);
  }
}

/** Writes report.json, timeline.svg and what the services logged. */
export async function writeReport(
  directory: string,
  report: Record<string, unknown>,
  timeline: string,
  logs: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(report, plain, 2)}\n`);
  await writeFile(join(directory, 'timeline.svg'), timeline);
  await writeFile(join(directory, 'services.log'), logs);
}
