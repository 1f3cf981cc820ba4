// npm run bench: how fast the system is, as a share of what a bare Node server does on the same machine in the same
// minute. See --help, and docs/performance.md.
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { autocannonGenerator } from './autocannon.js';
import { BenchError } from './bench-error.js';
import { casesSeconds, measureCases, startTradedSystem } from './cases.js';
import { isInMemory, Lab } from './lab.js';
import type { Generator } from './load.js';
import type { Bench } from './measurement.js';
import { parseBenchOptions, type BenchOptions } from './options.js';
import { startProgress } from './progress.js';
import { describeMachine, writeFormatted, writeResults, type Results, type RunInfo } from './results.js';
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

async function measurePlain(bench: Bench, options: BenchOptions, run: RunInfo): Promise<Results> {
  const system = await startTradedSystem(bench);
  const references = {
    get: await bench.lab.server('reference', './reference-server.js', ['get']),
    post: await bench.lab.server('reference', './reference-server.js', ['post']),
  };
  const rows = await measureCases(bench, system, references, options);
  return { cases: { run, rows } };
}

async function measure(lab: Lab, options: BenchOptions): Promise<Results> {
  const { rounds, seconds } = options;
  const generator = chooseGenerator(lab, options);
  tell(options, generator);
  const progress = startProgress(casesSeconds(options, options));
  const run = {
    at: new Date().toISOString(),
    ...describeMachine(),
    generator: generator.name,
    rounds,
    seconds,
    inMemory: isInMemory(options.dataParent),
  };
  try {
    return await measurePlain({ lab, generator, progress, rounds, seconds }, options, run);
  } finally {
    progress.stop();
  }
}

function failedRows(results: Results): number {
  const sections = Object.values(results) as { rows: readonly { failures?: number }[] }[];
  return sections.flatMap(({ rows }) => rows).filter(({ failures = 0 }) => failures > 0).length;
}

async function report(measured: Results, options: BenchOptions): Promise<void> {
  const results = await writeResults(options.out, measured);
  const text = chapters(results).map((chapter) => chapter.text);
  await writeFormatted(join(options.out, 'tables.md'), text.join('\n\n'));
  chapters(measured).forEach((chapter) => console.log(`${chapter.text}\n`));
}

async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
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
    await report(measured, options);
    process.exitCode = failedRows(measured) > 0 ? 1 : 0;
  } finally {
    await lab.close();
  }
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
