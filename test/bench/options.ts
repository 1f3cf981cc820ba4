// The command line: what it understands, and what it says when it does not.
import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hasPostgres } from '../support/postgres-server.js';
import { caseNames, type CaseName } from './routes.js';

export const dimensionNames = [
  'stocks',
  'orders',
  'connections',
  'cache',
  'pages',
  'tls',
  'postgres',
] as const;
export type DimensionName = (typeof dimensionNames)[number];

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly cases: readonly CaseName[];
  readonly dataParent: string;
  readonly generator?: 'wrk' | 'autocannon';
  readonly out: string;
  readonly tradeBudget: boolean;
  readonly growth: boolean;
  readonly dimensions: readonly DimensionName[];
  /** How many orders the longest log of the growth has. */
  readonly largestLog: number;
  readonly writeDocs: boolean;
}

const help = `
Examples:
  npm run bench
      everything but growth, about 15 minutes
  npm run bench -- --cases cached,trade --connections 32 --rounds 3
      two figures in a minute
  npm run bench -- --growth --largest-log 1000000
      what becomes of speed and memory as everything gets more
  npm run bench -- --write-docs
      puts what was measured last into docs/performance.md

Exit status: 0 all figures count; 1 requests failed, or something else went wrong; 2 bad arguments.`;

/**
 * @param args the arguments after the script's name
 * @throws CommanderError after it printed the help (exitCode 0), or what is wrong (any other)
 */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const command = createCommand();
  command.parse(args, { from: 'user' });
  return command.opts<BenchOptions>();
}

function createCommand(): Command {
  return new Command('npm run bench --')
    .description(
      'Measures a system of its own next to bare node:http servers, in turns, and prints Markdown tables.',
    )
    .option('--rounds <count>', 'how often each server is measured', wholeNumber(1, 100), 5)
    .option('--seconds <count>', 'how long each measurement takes, s', wholeNumber(1, 600), 3)
    .option(
      '--connections <list>',
      'numbers of connections; with --growth the largest is that of tls and postgres',
      numbers,
      [1, 8, 32, 64, 128],
    )
    .option('--cases <list>', `some of ${caseNames.join(',')}`, choice(caseNames), [...caseNames])
    .option(
      '--data-parent <directory>',
      'where to make temporary directories; its disk is part of what is measured',
      directory,
      tmpdir(),
    )
    .addOption(
      new Option('--generator <name>', 'the load generator (default: wrk where it is installed)').choices([
        'wrk',
        'autocannon',
      ]),
    )
    .option('--out <directory>', 'where results.json, tables.md and the plots go', 'docs/performance')
    .addOption(
      new Option('--trade-budget', 'only what the steps of a trade take')
        .default(false)
        .conflicts(['growth', 'writeDocs']),
    )
    .addOption(
      new Option('--growth', 'only what becomes of speed and memory as everything gets more')
        .default(false)
        .conflicts('writeDocs'),
    )
    .option(
      '--dimensions <list>',
      `with --growth: some of ${dimensionNames.join(',')}`,
      choice(dimensionNames),
      dimensionNames.filter((name) => name !== 'postgres' || hasPostgres),
    )
    .option(
      '--largest-log <orders>',
      'with --growth: how many orders the longest log has',
      wholeNumber(0, 100_000_000),
      10_000_000,
    )
    .option('--write-docs', 'measure nothing, put what is in --out into docs/performance.md', false)
    .addHelpText('after', help)
    .showHelpAfterError('Try --help.')
    .exitOverride();
}

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

const mostConnections = 10_000;

function numbers(text: string): number[] {
  const parts = text.split(',');
  const values = parts.map(Number);
  if (!parts.every((part) => /^\d+$/.test(part)) || !values.every((n) => n >= 1 && n <= mostConnections)) {
    throw new InvalidArgumentError(
      `It must be whole numbers from 1 to ${mostConnections} separated by commas, like 1,32.`,
    );
  }
  return [...new Set(values)].sort((a, b) => a - b);
}

function choice<Name extends string>(names: readonly Name[]) {
  return (text: string): Name[] => {
    const chosen = text.split(',');
    const unknown = chosen.find((name) => !names.some((each) => each === name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(`"${unknown}" is none of ${names.join(', ')}.`);
    }
    return names.filter((name) => chosen.includes(name));
  };
}

function directory(text: string): string {
  if (!existsSync(text) || !statSync(text).isDirectory()) {
    throw new InvalidArgumentError('There is no such directory.');
  }
  return text;
}
