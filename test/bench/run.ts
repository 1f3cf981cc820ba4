// npm run bench: how fast the system is, as a share of what a bare Node server does on the same machine in the same
// minute. See --help, and docs/performance.md.
import { CommanderError } from 'commander';
import { autocannonGenerator } from './autocannon.js';
import { BenchError } from './bench-error.js';
import { budgetSeconds, measureBudget } from './budget.js';
import { casesSeconds, measureCases, startTradedSystem } from './cases.js';
import { writeDocuments, writeIntoDocs } from './documents.js';
import { growthSeconds, measureGrowth } from './growth.js';
import { isInMemory, Lab } from './lab.js';
import type { Generator } from './load.js';
import type { Bench } from './measurement.js';
import { parseBenchOptions, type BenchOptions } from './options.js';
import { startProgress } from './progress.js';
import { describeMachine, readResults, writeResults, type Results, type RunInfo } from './results.js';
import { measureSteady, steadySeconds } from './steady.js';
import { chapters } from './tables.js';
import { findWrk } from './wrk.js';

/** As shells have it: 128 and the number of the signal. */
const interruptedExitCode = 130;
const badArgumentsExitCode = 2;

function chooseGenerator(lab: Lab, { generator }: BenchOptions): Generator {
  if (generator === 'autocannon') {
    return autocannonGenerator(lab);
  }
  const wrk = findWrk(lab);
  if (!wrk && generator === 'wrk') {
    throw new BenchError('wrk is not installed; without --generator, autocannon is used.');
  }
  return wrk ?? autocannonGenerator(lab);
}

function tell(options: BenchOptions, generator: Generator): void {
  console.error(
    `Load generator: ${generator.name}. It is closed-loop: with c connections at most c requests are under way, so ` +
      'latencies at full load omit what clients would have waited that come when they like.',
  );
  if (isInMemory(options.dataParent)) {
    console.error(
      `Warning: ${options.dataParent} is in memory, where a sync costs nothing. Use --data-parent for a real figure.`,
    );
  }
}

/** The system and the servers that most measurements need. */
async function startAll(bench: Bench) {
  const { lab } = bench;
  return {
    system: await startTradedSystem(bench),
    references: {
      get: await lab.server('reference', './reference-server.js', ['get']),
      post: await lab.server('reference', './reference-server.js', ['post']),
    },
  };
}

async function measurePlain(bench: Bench, options: BenchOptions, run: RunInfo): Promise<Results> {
  const { system, references } = await startAll(bench);
  const cases = await measureCases(bench, system, references, options);
  const steady = await measureSteady(bench, system, references, cases);
  const budget = await measureBudget(bench, system, references.post);
  return {
    cases: { run, rows: cases },
    ...(steady.length > 0 && { steady: { run, rows: steady } }),
    budget: { run, rows: [budget] },
  };
}

async function measureBudgetAlone(bench: Bench, run: RunInfo): Promise<Results> {
  const { system, references } = await startAll(bench);
  return { budget: { run, rows: [await measureBudget(bench, system, references.post)] } };
}

function measureChosen(bench: Bench, options: BenchOptions, run: RunInfo): Promise<Results> {
  if (options.growth) {
    return measureGrowth(bench, options).then((rows) => ({ growth: { run, rows } }));
  }
  return options.tradeBudget ? measureBudgetAlone(bench, run) : measurePlain(bench, options, run);
}

function plannedSeconds(options: BenchOptions): number {
  if (options.growth) {
    return growthSeconds(options, options);
  }
  const plain = options.tradeBudget
    ? 0
    : casesSeconds(options, options) + steadySeconds(options, options.cases);
  return plain + budgetSeconds(options);
}

async function measure(lab: Lab, options: BenchOptions): Promise<Results> {
  const { rounds, seconds } = options;
  const generator = chooseGenerator(lab, options);
  tell(options, generator);
  const progress = startProgress(plannedSeconds(options));
  const run = {
    at: new Date().toISOString(),
    ...describeMachine(),
    generator: generator.name,
    rounds,
    seconds,
    inMemory: isInMemory(options.dataParent),
  };
  try {
    return await measureChosen({ lab, generator, progress, rounds, seconds }, options, run);
  } finally {
    progress.stop();
  }
}

function failedRows(results: Results): number {
  const sections = Object.values(results) as { rows: readonly { failures?: number }[] }[];
  return sections.flatMap(({ rows }) => rows).filter(({ failures = 0 }) => failures > 0).length;
}

async function measureAndReport(options: BenchOptions): Promise<void> {
  const lab = await Lab.open(options.dataParent);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void lab.close().finally(() => {
        console.error('Interrupted.');
        process.exit(interruptedExitCode);
      });
    });
  }
  try {
    const measured = await measure(lab, options);
    await writeDocuments(options.out, await writeResults(options.out, measured));
    chapters(measured).forEach(({ text }) => console.log(`${text}\n`));
    console.log(`Raw results, tables and plots: ${options.out}`);
    process.exitCode = failedRows(measured) > 0 ? 1 : 0;
  } finally {
    await lab.close();
  }
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (!options.writeDocs) {
    await measureAndReport(options);
    return;
  }
  const results = readResults(options.out);
  await writeDocuments(options.out, results);
  await writeIntoDocs(results);
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : badArgumentsExitCode;
  } else if (error instanceof BenchError) {
    console.error(error.message);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
