// npm run evaluate: the classic experiments on a replicated exchange. See --help, and docs/evaluation.md.
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { endWithUsage } from '../../src/cli/exit-codes.js';
import { startProgress } from '../bench/progress.js';
import { reasonAgainstDocker } from '../support/compose.js';
import { chapters, writeIntoDocs, writePlots } from './documents.js';
import { experiments } from './experiments.js';
import { Laboratory } from './laboratory.js';
import { asPromised } from './promises.js';
import {
  experimentNames,
  originOf,
  readResults,
  writeResults,
  type ExperimentName,
  type PlaceName,
  type PlaceResults,
} from './results.js';
import { scales } from './scale.js';

interface Options {
  readonly compose: boolean;
  readonly quick: boolean;
  readonly experiments: readonly ExperimentName[];
  readonly out: string;
  readonly writeDocs: boolean;
}

const help = `
Examples:
  npm run evaluate
      all experiments on processes, less than 10 minutes
  npm run evaluate -- --compose --experiments timeline,failover
      two of them on containers
  npm run evaluate -- --write-docs
      puts what was found last into docs/evaluation.md

Exit status: 0 all is as promised; 1 a promise was broken, or something went wrong; 2 bad arguments.`;

/** As shells have it: 128 and the number of the signal. */
const interruptedExitCode = 130;

function chosen(text: string): ExperimentName[] {
  const names = text.split(',');
  const unknown = names.find((name) => !experimentNames.includes(name as ExperimentName));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no ${unknown}; there are ${experimentNames.join(', ')}.`);
  }
  return experimentNames.filter((name) => names.includes(name));
}

const command = new Command('stock evaluate')
  .description('Runs the classic experiments on a system of its own: latency, cache, throughput, failover.')
  .option('--compose', 'containers instead of processes', false)
  .option('--experiments <list>', `some of ${experimentNames.join(',')}`, chosen, [...experimentNames])
  .option('--quick', 'small ones that only show that it works', false)
  .option('--out <directory>', 'where results and plots go', 'docs/evaluation')
  .option('--write-docs', 'only puts the results there are into docs/evaluation.md', false)
  .addHelpText('after', help);

async function evaluate(options: Options): Promise<void> {
  const place: PlaceName = options.compose ? 'compose' : 'native';
  const scale = scales[options.quick ? 'quick' : 'full'];
  const seconds = options.experiments.reduce((sum, name) => sum + experiments[name].seconds(scale), 0);
  const progress = startProgress(seconds);
  const laboratory = await Laboratory.open(place, scale, progress);
  process.once('SIGINT', () => {
    void laboratory.close().finally(() => process.exit(interruptedExitCode));
  });
  const directory = resolve(options.out);
  try {
    let found: PlaceResults = {};
    for (const name of options.experiments) {
      const result = await experiments[name].run(laboratory);
      const origin = originOf(place, name, laboratory.generator.name);
      found = { ...found, [name]: { origin, result } };
      progress.finished(`${name}: done`);
    }
    await writePlots(directory, await writeResults(directory, place, found));
    progress.stop();
    chapters({ [place]: found }).forEach(({ experiment, text }) =>
      console.log(`## ${experiment}\n\n${text}\n`),
    );
    console.log(`Results and plots: ${directory}`);
    process.exitCode = asPromised(found) ? 0 : 1;
  } finally {
    progress.stop();
    await laboratory.close();
  }
}

const options = command.exitOverride(endWithUsage).parse().opts<Options>();
const reason = options.compose && !options.writeDocs ? await reasonAgainstDocker() : undefined;
if (reason !== undefined) {
  command.error(`no Docker engine with Compose answers: ${reason}`);
}
if (options.writeDocs) {
  const results = readResults(options.out);
  await writePlots(options.out, results);
  await writeIntoDocs(results);
} else {
  await evaluate(options);
}
