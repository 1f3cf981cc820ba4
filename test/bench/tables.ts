// The results as Markdown. Pure.
import { serviceNames } from '../support/system.js';
import { sumUs, type BudgetResult, type StepName } from './budget.js';
import type { CaseResult } from './cases.js';
import { dimensions } from './dimensions.js';
import { growthLoads, type GrowthResult } from './growth.js';
import { generatorName, serversCpuUs } from './measurement.js';
import { dimensionNames, type DimensionName } from './options.js';
import { memoryTogether } from './proc.js';
import type { Results, RunInfo, Section } from './results.js';
import { routes } from './routes.js';
import type { SteadyResult } from './steady.js';
import { figure, markdownTable } from './table.js';

/** One kind of results: its name in the documents' markers, and its text. */
export interface Chapter {
  readonly name: keyof Results;
  readonly text: string;
}

/** The order in which a request meets them. */
const processes = ['frontend', ...serviceNames.filter((name) => name !== 'frontend')];

/** How the figures of a section were made, in a sentence or two. */
function runText({ at, node, processors, generator, rounds, seconds, inMemory }: RunInfo): string {
  const memory = inMemory ? ' **The files were in memory, so that nothing was durable.**' : '';
  return (
    `Measured on ${at.slice(0, 10)} with Node ${node} on ${processors}, which load generator (${generator}) and ` +
    `servers share; ${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`} of ${seconds} s.${memory}`
  );
}

const mark = ({ failures }: { failures: number }): string =>
  failures > 0 ? ` — does not count, ${failures} requests failed` : '';

function casesTable(rows: readonly CaseResult[]): string {
  const head = [
    'Case',
    'Connections',
    'Requests/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'Share of the bare server',
  ];
  return markdownTable(
    head,
    rows.map((row) => [
      `${routes[row.name].title}${mark(row)}`,
      String(row.connections),
      ...[row.system.requestsPerSecond, row.system.p50Ms, row.system.p99Ms, row.system.p999Ms].map(figure),
      figure(row.ratio),
    ]),
  );
}

function cpuTable(rows: readonly CaseResult[]): string[] {
  const measured = rows.filter(({ system }) => Object.keys(system.cpuUsPerRequest).length > 0);
  if (measured.length === 0) {
    return [];
  }
  const cells = ({ system, reference }: CaseResult): string[] => {
    const own = processes.map((name) => system.cpuUsPerRequest[name] ?? Number.NaN);
    const sum = serversCpuUs(system);
    const others = [system.cpuUsPerRequest[generatorName], reference.cpuUsPerRequest.reference];
    return [...own, sum, ...others.map((each) => each ?? Number.NaN)].map(figure);
  };
  const head = ['Case', 'Connections', ...processes, 'all five', generatorName, 'bare server'];
  const table = markdownTable(
    head,
    measured.map((row) => [routes[row.name].title, String(row.connections), ...cells(row)]),
  );
  return ['Processor time per request, µs:', table];
}

function casesChapter({ run, rows }: Section<CaseResult>): string[] {
  return [runText(run), casesTable(rows), ...cpuTable(rows)];
}

function steadyChapter({ run, rows }: Section<SteadyResult>): string[] {
  const head = [
    'Case',
    'Highest/s',
    'Requests/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'p99/p50',
    'Bare server: p50 ms',
    'p99 ms',
    'p99/p50',
  ];
  const table = markdownTable(
    head,
    rows.map(({ name, highestPerSecond, system, reference, sustained, failures }) => [
      `${routes[name].title}${mark({ failures })}${sustained ? '' : ' — not kept up'}`,
      ...[highestPerSecond, system.requestsPerSecond].map(figure),
      ...[system.p50Ms, system.p99Ms, system.p999Ms, system.p99Ms / system.p50Ms].map(figure),
      ...[reference.p50Ms, reference.p99Ms, reference.p99Ms / reference.p50Ms].map(figure),
    ]),
  );
  return [runText({ ...run, generator: 'paced' }), table];
}

const stepTitles: Readonly<Record<StepName, string>> = {
  http: 'HTTP in and out (a bare server that echoes)',
  hop: 'a hop on an open gRPC stream and back: to the leader, to the catalog, to the followers',
  append: "the catalog's journal: one line, written and synced",
  appends: 'the order logs: three at the same time, on one disk',
};

function budgetTable(result: BudgetResult): string {
  const sum = sumUs(result);
  const rows = result.steps.map(({ name, times, p50Us }) => [
    stepTitles[name],
    String(times),
    figure(p50Us),
    figure(times * p50Us),
  ]);
  return markdownTable(
    ['Step', 'Times', 'p50 µs', 'Together µs'],
    [
      ...rows,
      ['**sum of the steps**', '', '', figure(sum)],
      ['everything else', '', '', figure(result.wholeUs - sum)],
      [`**the whole trade**, 1 connection${mark(result)}`, '', '', figure(result.wholeUs)],
      ['processor time of all five processes meanwhile', '', '', figure(result.wholeCpuUs)],
    ],
  );
}

function budgetChapter({ run, rows }: Section<BudgetResult>): string[] {
  return [runText(run), ...rows.map(budgetTable)];
}

const count = (size: number): string => size.toLocaleString('en-US');

function growthTable(dimension: DimensionName, rows: readonly GrowthResult[]): string {
  const head = [
    dimensions[dimension].title,
    ...growthLoads.flatMap((load) => [`${load}s/s`, 'p50 ms', 'cost']),
    ...processes.map((name) => `${name} MB`),
    'together MB',
  ];
  return markdownTable(
    head,
    rows.map((row) => [
      `${count(row.size)}${row.error ? ` — ${row.error}` : mark(row)}`,
      ...growthLoads.flatMap((load) => {
        const { requestsPerSecond, p50Ms, cost } = row.figures[load];
        return [requestsPerSecond, p50Ms, cost].map(figure);
      }),
      ...processes.map((name) => memoryText(row, name)),
      togetherText(row),
    ]),
  );
}

function memoryText({ memory }: GrowthResult, name: string): string {
  const own = memory[name];
  return own ? `${own.residentMb.toFixed(0)} (${own.peakMb.toFixed(0)})` : '-';
}

function togetherText({ memory }: GrowthResult): string {
  const all = Object.values(memory);
  return all.length > 0 ? memoryTogether(all).toFixed(0) : '-';
}

function growthChapter({ run, rows }: Section<GrowthResult>): string[] {
  const tables = dimensionNames.flatMap((dimension) => {
    const own = rows.filter((row) => row.dimension === dimension);
    return own.length > 0 ? [growthTable(dimension, own)] : [];
  });
  return [runText(run), ...tables];
}

/** All results there are, a chapter each. */
export function chapters({ cases, steady, budget, growth }: Results): Chapter[] {
  const texts: [keyof Results, string[] | undefined][] = [
    ['cases', cases && casesChapter(cases)],
    ['steady', steady && steadyChapter(steady)],
    ['budget', budget && budgetChapter(budget)],
    ['growth', growth && growthChapter(growth)],
  ];
  return texts.flatMap(([name, parts]) => (parts ? [{ name, text: parts.join('\n\n') }] : []));
}
