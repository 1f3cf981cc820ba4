// The results as pictures.
import { serviceNames } from '../support/system.js';
import type { CaseResult } from './cases.js';
import { dimensions } from './dimensions.js';
import { growthLoads, type GrowthResult } from './growth.js';
import { dimensionNames } from './options.js';
import { drawPanels, palette, type Line, type Panel } from './panels.js';
import type { Results } from './results.js';
import { caseNames } from './routes.js';

/** A large system should cost at most so many times what a small one does. */
const costGoal = 1.3;

/** What is drawn of failed measurements: nothing. */
function countable(value: number | undefined, failures: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) && failures === 0 ? value : null;
}

const colour = (index: number): string => palette[index % palette.length] as string;

function casesPanel(
  title: string,
  rows: readonly CaseResult[],
  pick: (row: CaseResult) => number,
): Omit<Panel, 'isLogarithmic' | 'goal'> {
  const connections = [...new Set(rows.map((row) => row.connections))].sort((a, b) => a - b);
  const lines = caseNames.flatMap((name, index): Line[] => {
    const own = rows.filter((row) => row.name === name);
    const values = connections.map((count) => {
      const row = own.find((each) => each.connections === count);
      return countable(row && pick(row), row?.failures);
    });
    return own.length > 0 ? [{ name, colour: colour(index), values }] : [];
  });
  return { title, xName: 'connections', places: connections.map(String), lines };
}

function ratioChart(rows: readonly CaseResult[]): string {
  const panel = casesPanel('requests/s, bare node:http server = 1', rows, ({ ratio }) => ratio);
  return drawPanels('Share of a bare server', [{ ...panel, goal: { value: 1, text: 'bare server' } }], 1);
}

function latencyChart(rows: readonly CaseResult[]): string {
  const panels = [
    casesPanel('median, ms', rows, ({ system }) => system.p50Ms),
    casesPanel('99th percentile, ms', rows, ({ system }) => system.p99Ms),
  ];
  return drawPanels(
    'Latency at full load',
    panels.map((panel) => ({ ...panel, isLogarithmic: true })),
    2,
  );
}

function growthPanels(
  rows: readonly GrowthResult[],
  title: string,
  names: readonly string[],
  pick: (row: GrowthResult, name: string) => number | undefined,
): Panel[] {
  return dimensionNames.flatMap((dimension) => {
    const own = rows.filter((row) => row.dimension === dimension);
    const lines = names.map((name, index) => ({
      name,
      colour: colour(index),
      values: own.map((row) => countable(pick(row, name), row.failures)),
    }));
    const places = own.map(({ size }) => size.toLocaleString('en-US'));
    return own.length > 0 ? [{ title, xName: dimensions[dimension].title, places, lines }] : [];
  });
}

function costChart(rows: readonly GrowthResult[]): string {
  const title = 'time per request, smallest = 1';
  const panels = growthPanels(rows, title, growthLoads, ({ figures }, name) =>
    growthLoads.flatMap((load) => (load === name ? [figures[load].cost] : [])).at(0),
  );
  const goal = { value: costGoal, text: `${costGoal} × the smallest` };
  return drawPanels(
    'What a request costs as everything gets more',
    panels.map((panel) => ({ ...panel, goal })),
    2,
  );
}

function memoryChart(rows: readonly GrowthResult[]): string {
  const panels = growthPanels(
    rows,
    'resident memory, MB',
    serviceNames,
    ({ memory }, name) => memory[name]?.residentMb,
  );
  return drawPanels('Memory as everything gets more', panels, 2);
}

/** The pictures of what was measured, by file name. */
export function charts({ cases, growth }: Results): ReadonlyMap<string, string> {
  const drawn = new Map<string, string>();
  if (cases) {
    drawn.set('ratio.svg', ratioChart(cases.rows));
    drawn.set('latency.svg', latencyChart(cases.rows));
  }
  if (growth) {
    drawn.set('growth-cost.svg', costChart(growth.rows));
    if (growth.rows.some(({ memory }) => Object.keys(memory).length > 0)) {
      drawn.set('growth-memory.svg', memoryChart(growth.rows));
    }
  }
  return drawn;
}
