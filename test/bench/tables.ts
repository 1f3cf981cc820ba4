// The results as Markdown. Pure.
import { serviceNames } from '../support/system.js';
import type { CaseResult } from './cases.js';
import { generatorName } from './measurement.js';
import type { Results, RunInfo, Section } from './results.js';
import { routes } from './routes.js';
import { figure, markdownTable } from './table.js';

/** One kind of results: its name in the documents' markers, and its text. */
export interface Chapter {
  readonly name: keyof Results;
  readonly text: string;
}

/** How the figures of a section were made, in a sentence or two. */
function runText({ at, node, processors, generator, rounds, seconds, inMemory }: RunInfo): string {
  const memory = inMemory ? ' **The files were in memory, so that nothing was durable.**' : '';
  return (
    `Measured on ${at.slice(0, 10)} with Node ${node} on ${processors}, which load generator (${generator}) and ` +
    `servers share; medians of ${rounds} rounds of ${seconds} s.${memory}`
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
  const names = ['frontend', ...serviceNames.filter((name) => name !== 'frontend')];
  const cells = ({ system, reference }: CaseResult): string[] => {
    const own = names.map((name) => system.cpuUsPerRequest[name] ?? Number.NaN);
    const sum = own.reduce((total, each) => total + each, 0);
    const others = [system.cpuUsPerRequest[generatorName], reference.cpuUsPerRequest.reference];
    return [...own, sum, ...others.map((each) => each ?? Number.NaN)].map(figure);
  };
  const head = ['Case', 'Connections', ...names, 'all five', generatorName, 'bare server'];
  const table = markdownTable(
    head,
    measured.map((row) => [routes[row.name].title, String(row.connections), ...cells(row)]),
  );
  return ['Processor time per request, µs:', table];
}

function casesChapter({ run, rows }: Section<CaseResult>): string[] {
  return [runText(run), casesTable(rows), ...cpuTable(rows)];
}

/** All results there are, a chapter each. */
export function chapters(results: Results): Chapter[] {
  const texts: [keyof Results, string[] | undefined][] = [
    ['cases', results.cases && casesChapter(results.cases)],
  ];
  return texts.flatMap(([name, parts]) => (parts ? [{ name, text: parts.join('\n\n') }] : []));
}
