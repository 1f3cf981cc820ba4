// What becomes of speed and memory as something gets more. A large system is measured in turns with the smallest one, so
// that what is compared was measured in the same minute.
import { BenchError } from './bench-error.js';
import { dimensions, drawNames, type Setting } from './dimensions.js';
import { subjectOf, type Subject } from './lab.js';
import { failuresOf, measureInTurns, summarize, turnSeconds, warmingSeconds, warmUp } from './measurement.js';
import type { Bench, Measured } from './measurement.js';
import type { DimensionName } from './options.js';
import { memory, type Memory } from './proc.js';
import { lookups, trades } from './routes.js';
import type { Request } from './load.js';
import { median, medianRatio } from './statistics.js';

export const growthLoads = ['lookup', 'trade'] as const;
type GrowthLoad = (typeof growthLoads)[number];

/** What one kind of request costs at one size. */
interface GrowthFigure {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  /** Time per request as a multiple of that of the smallest, measured in the same rounds. */
  readonly cost: number;
}

export interface GrowthResult {
  readonly dimension: DimensionName;
  readonly size: number;
  readonly figures: Readonly<Record<GrowthLoad, GrowthFigure>>;
  /** At the end, of each process; without /proc there is none. */
  readonly memory: Readonly<Record<string, Memory>>;
  readonly failures: number;
  /** Why there are no figures. */
  readonly error?: string;
}

export interface GrowthChoice {
  readonly dimensions: readonly DimensionName[];
  readonly largestLog: number;
  /** With the most of these, where their number is free. */
  readonly connections: readonly number[];
}

/** How many requests a list has, so that many names come to be asked for. */
const listLength = 20_000;

/** How long that takes, s, but for the starts of the systems. */
export function growthSeconds(
  bench: Pick<Bench, 'rounds' | 'seconds'>,
  choice: Pick<GrowthChoice, 'dimensions' | 'largestLog'>,
): number {
  const steps = choice.dimensions.map((name) => dimensions[name].sizes(choice.largestLog).length - 1);
  const comparisons = steps.reduce((sum, each) => sum + Math.max(0, each), 0);
  return comparisons * growthLoads.length * (warmingSeconds(bench, 2) + turnSeconds(bench, 2));
}

/** Measures each chosen dimension. */
export async function measureGrowth(bench: Bench, choice: GrowthChoice): Promise<GrowthResult[]> {
  const results: GrowthResult[] = [];
  const connections = Math.max(...choice.connections);
  for (const name of choice.dimensions) {
    const sizes = dimensions[name].sizes(choice.largestLog);
    results.push(...(await measureDimension(bench, name, connections, sizes)));
  }
  return results;
}

async function measureDimension(
  bench: Bench,
  dimension: DimensionName,
  connections: number,
  [smallest = 0, ...sizes]: readonly number[],
): Promise<GrowthResult[]> {
  const comparisons: Comparison[] = [];
  const results: GrowthResult[] = [];
  for (const size of sizes) {
    bench.progress.now(`${dimension}: ${size} next to ${smallest}`);
    try {
      const comparison = await compare(bench, dimension, connections, [smallest, size]);
      comparisons.push(comparison);
      results.push(largeResult(dimension, size, comparison));
    } catch (error) {
      if (bench.lab.closed || !(error instanceof BenchError)) {
        throw error;
      }
      results.push(missing(dimension, size, error));
    }
    const last = results.at(-1) as GrowthResult;
    bench.progress.finished(growthLine(last));
  }
  return comparisons.length > 0 ? [smallResult(dimension, smallest, comparisons), ...results] : results;
}

/** The rounds of each load, small and large; and the memory of both afterwards. */
interface Comparison {
  readonly rounds: Readonly<Record<GrowthLoad, readonly (readonly [Measured, Measured])[]>>;
  readonly memories: readonly [Record<string, Memory>, Record<string, Memory>];
}

/** Both are started afresh: the small one would have grown in an earlier comparison. */
async function compare(
  bench: Bench,
  dimension: DimensionName,
  connections: number,
  sizes: readonly [number, number],
): Promise<Comparison> {
  const settings = sizes.map((size) => dimensions[dimension].setting(size, connections));
  const systems = [];
  try {
    for (const { settings: own, prepare, readyMs } of settings.toReversed()) {
      systems.unshift(await bench.lab.system(own, prepare, readyMs));
    }
    const subjects = systems.map((system) => subjectOf(system));
    const rounds = {
      lookup: await measurePairs(bench, subjects, settings, ({ lookedUp }) =>
        lookups(drawNames(lookedUp, listLength)),
      ),
      trade: await measurePairs(bench, subjects, settings, ({ names }) =>
        trades(drawNames(names, listLength / 2)),
      ),
    };
    return { rounds, memories: subjects.map(memories) as [Record<string, Memory>, Record<string, Memory>] };
  } finally {
    for (const system of systems) {
      await bench.lab.end(system);
    }
  }
}

async function measurePairs(
  bench: Bench,
  subjects: readonly Subject[],
  settings: readonly Setting[],
  requests: (setting: Setting) => Request[],
): Promise<[Measured, Measured][]> {
  const sides = settings.map((setting, index) => ({
    subject: subjects[index] as Subject,
    requests: bench.lab.list(requests(setting)),
    connections: setting.connections,
    pages: setting.pages,
  }));
  await warmUp(bench, sides);
  return (await measureInTurns(bench, sides)) as [Measured, Measured][];
}

function memories({ pids }: Subject): Record<string, Memory> {
  const all = [...pids].map(([name, pid]) => [name, memory(pid)] as const);
  return Object.fromEntries(all.filter((entry): entry is [string, Memory] => entry[1] !== undefined));
}

function largeResult(dimension: DimensionName, size: number, { rounds, memories }: Comparison): GrowthResult {
  const figure = (load: GrowthLoad): GrowthFigure => {
    const { requestsPerSecond, p50Ms } = summarize(rounds[load].map(([, large]) => large));
    const rates = rounds[load].map(
      ([small, large]) => [small.requestsPerSecond, large.requestsPerSecond] as const,
    );
    return { requestsPerSecond, p50Ms, cost: medianRatio(rates) };
  };
  const figures = { lookup: figure('lookup'), trade: figure('trade') };
  const failures = failuresOf(growthLoads.flatMap((load) => rounds[load].flat()));
  return { dimension, size, figures, memory: memories[1], failures };
}

/** The smallest, from all comparisons together. */
function smallResult(
  dimension: DimensionName,
  size: number,
  comparisons: readonly Comparison[],
): GrowthResult {
  const figure = (load: GrowthLoad): GrowthFigure => {
    const all = comparisons.flatMap(({ rounds }) => rounds[load].map(([small]) => small));
    const { requestsPerSecond, p50Ms } = summarize(all);
    return { requestsPerSecond, p50Ms, cost: 1 };
  };
  const figures = { lookup: figure('lookup'), trade: figure('trade') };
  const own = comparisons.map(({ memories }) => memories[0]);
  return { dimension, size, figures, memory: medianMemory(own), failures: 0 };
}

function medianMemory(all: readonly Record<string, Memory>[]): Record<string, Memory> {
  const names = Object.keys(all[0] ?? {});
  const medianOf = (name: string, pick: (each: Memory) => number): number =>
    median(all.flatMap((each) => (each[name] ? [pick(each[name])] : [])));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        residentMb: medianOf(name, ({ residentMb }) => residentMb),
        peakMb: medianOf(name, ({ peakMb }) => peakMb),
        fileMb: medianOf(name, ({ fileMb }) => fileMb),
      },
    ]),
  );
}

function missing(dimension: DimensionName, size: number, error: BenchError): GrowthResult {
  const none = { requestsPerSecond: Number.NaN, p50Ms: Number.NaN, cost: Number.NaN };
  // The first sentence; what follows is what the services have logged.
  const [text = ''] = error.message.split('\n');
  console.error(error.message);
  return { dimension, size, figures: { lookup: none, trade: none }, memory: {}, failures: 1, error: text };
}

function growthLine({ dimension, size, figures, failures, error }: GrowthResult): string {
  const text = growthLoads.map((load) => {
    const { requestsPerSecond, cost } = figures[load];
    return `${load} ${requestsPerSecond.toFixed(0)}/s, cost ${cost.toFixed(2)}`;
  });
  const trouble = error ?? (failures > 0 ? `does not count: ${failures} requests failed` : undefined);
  return `${dimension} ${size}: ${trouble ?? text.join('; ')}`;
}
