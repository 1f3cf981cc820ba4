// stock mutants [--only <name> --seeds <n>]: tries each mutant, and shows what catches it.
import { availableParallelism } from 'node:os';
import { InvalidArgumentError, program } from 'commander';
import { endWithUsage } from '../../src/cli/exit-codes.js';
import { startProgress } from '../../src/cli/progress.js';
import { endWithOutput } from '../../src/cli/terminal.js';
import type { LedgerPlace } from '../simulation/cluster.js';
import { runDirected } from './directed.js';
import { hunt } from './hunter.js';
import type { Mutant } from './mutant.js';
import { mutants } from './mutants.js';
import { tableOf, type Row } from './table.js';

function parseSeeds(text: string): number {
  const seeds = Number(text);
  if (!Number.isInteger(seeds) || seeds < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return seeds;
}

function parseName(text: string): Mutant[] {
  const named = mutants.filter(({ name }) => name.includes(text));
  if (named.length === 0) {
    throw new InvalidArgumentError(`The mutants are: ${mutants.map(({ name }) => name).join(', ')}.`);
  }
  return named;
}

endWithOutput();
program
  .name('stock mutants')
  .description('Switches off one rule of the protocol after the other, and shows what notices it.')
  .option('--only <name>', 'the mutants whose names contain this (default: all)', parseName)
  .option('--seeds <n>', 'how many seeds are simulated before a mutant has survived', parseSeeds, 1_000)
  .exitOverride(endWithUsage)
  .parse();
const options = program.opts<{ only?: readonly Mutant[]; seeds: number }>();
const chosen = options.only ?? mutants;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function attempt(mutant: Mutant): Promise<Row> {
  const startMs = performance.now();
  const verdict = mutant.test
    ? await runDirected(mutant, mutant.test)
    : await hunt(mutant.name, options.seeds, mutant.place);
  return { mutant, verdict, seconds: (performance.now() - startMs) / 1_000 };
}

/** As many at a time as there are processors. */
async function attemptAll(): Promise<Row[]> {
  const rows = new Map<Mutant, Row>();
  const waiting = [...chosen];
  const progress = startProgress(waiting.length);
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      rows.set(mutant, await attempt(mutant));
      progress.advance();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  progress.stop();
  return chosen.map((mutant) => rows.get(mutant) as Row);
}

/** The seeds that caught a mutant must be clean without one. */
async function checkHealthy(rows: readonly Row[], place: LedgerPlace): Promise<boolean> {
  const hunts = rows.filter(({ mutant }) => mutant.test === undefined && (mutant.place ?? 'files') === place);
  if (hunts.length === 0) {
    return true;
  }
  const { state, text } = await hunt(
    undefined,
    Math.max(...hunts.map(({ verdict }) => verdict.runs), 1),
    place,
  );
  print(`without any mutant, ledger in ${place === 'files' ? 'files' : 'a database'}: ${text}`);
  return state === 'survived';
}

const startMs = performance.now();
const rows = await attemptAll();
print(tableOf(rows));
const healthy = await Promise.all([checkHealthy(rows, 'files'), checkHealthy(rows, 'database')]);
const leftOut = rows.filter(({ verdict }) => verdict.state === 'left out').length;
const caught = rows.filter(({ verdict }) => verdict.state === 'caught').length;
const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
print(
  `${caught} of ${rows.length} mutants caught${leftOut > 0 ? `, ${leftOut} left out` : ''}, in ${seconds} s`,
);
process.exitCode = healthy.every(Boolean) && caught + leftOut === rows.length ? 0 : 1;
