// npm run chaos -- --minutes 3 [--compose] [--seed N] [--clients N] [--out DIR] [--tls] [--database] [--calm | --failovers N]
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { endWithUsage } from '../../src/cli/exit-codes.js';
import { seededRandom } from '../../src/cli/seeded-random.js';
import { makeCertificates } from '../../src/certificates/make-certificates.js';
import { reasonAgainstDocker } from '../support/compose.js';
import { hasPostgres } from '../support/postgres-server.js';
import { calm, chaos } from './chaos.js';
import { ComposeTarget } from './compose-target.js';
import { DatabaseTarget } from './database-target.js';
import { failovers, failoverTable } from './failovers.js';
import { NativeTarget, type NativeOptions } from './native-target.js';
import { printReport, verdictLine, writeReport, type Report } from './report.js';
import type { Outcome } from './session.js';
import type { Target } from './target.js';
import { drawTimeline } from './timeline-chart.js';
import { isClean } from './verdict.js';

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly clients?: number;
  readonly compose: boolean;
  readonly tls: boolean;
  readonly database: boolean;
  readonly calm: boolean;
  readonly failovers?: number;
  readonly out?: string;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

function whole(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
  return value;
}

const command = new Command('stock chaos')
  .description('Makes faults on a real system under load, and checks that every promise was kept.')
  .option('--minutes <n>', 'how long to make faults', positive, 3)
  .option('--compose', 'containers instead of processes', false)
  .option('--tls', 'processes show each other certificates, as containers do anyway', false)
  .addOption(
    new Option(
      '--database',
      'the ledger in a PostgreSQL that the run starts, a primary and a standby, with two catalogs; the database has faults, too',
    )
      .default(false)
      .conflicts('compose'),
  )
  .option('--seed <n>', 'which faults; the default is another one each time', whole, Date.now() % 1_000_000)
  .option('--clients <n>', 'how many clients (default: 28, with --calm 64)', whole)
  .option(
    '--out <directory>',
    'where report.json, timeline.svg and services.log go (default: a temporary directory)',
  )
  .addOption(
    new Option('--calm', 'no faults, full load: nobody may be elected after the first').default(false),
  )
  .addOption(
    new Option('--failovers <n>', 'kill and pause the leader so often each, and nothing else')
      .argParser(whole)
      .conflicts('calm'),
  );

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** As shells have it: 128 and the number of the signal. */
const interruptedExitCode = 130;

/** Mean pause of a client between two requests, ms. Chaos is about what happens, not about how fast it goes. */
const thinkMs = { chaos: 15, failovers: 5, calm: 0 };

async function run(target: Target, { seed, minutes, clients, ...options }: Options): Promise<Outcome> {
  if (options.failovers !== undefined) {
    const session = { seed, clients: clients ?? 28, thinkMs: thinkMs.failovers, say: print };
    const outcome = await failovers(target, options.failovers, session);
    ['', ...failoverTable(outcome)].forEach(print);
    return outcome;
  }
  return options.calm
    ? calm(target, minutes, { seed, clients: clients ?? 64, thinkMs: thinkMs.calm, say: print })
    : chaos(target, minutes, { seed, clients: clients ?? 28, thinkMs: thinkMs.chaos, say: print });
}

function modeOf({ compose, database }: Options): Report['mode'] {
  if (compose) {
    return 'compose';
  }
  return database ? 'database' : 'native';
}

async function report(target: Target, options: Options, outcome: Outcome): Promise<boolean> {
  const { seed } = options;
  const mode = modeOf(options);
  const { figures, verdict, silences, faults, notMade, elections, load, startMs, endMs } = outcome;
  const title = `${mode}, seed ${seed}: ${figures.acknowledged} orders, ${figures.faults} faults. ${verdictLine(verdict)}`;
  const directory = resolve(options.out ?? (await mkdtemp(join(tmpdir(), 'chaos-report-'))));
  const summary = { seed, mode, figures, verdict, silences, notMade, leftOut: target.impossible };
  printReport(summary, print);
  const { served } = load;
  await writeReport(
    directory,
    { ...summary, faults, elections },
    drawTimeline({ title, startMs, endMs, served, faults, elections }),
    await target.logs(),
  );
  print(`report and timeline: ${directory}`);
  print(verdictLine(verdict));
  return isClean(verdict);
}

/** Sets the system up. Only random faults hurt links and disks; else it is measured without what those need. */
async function createTarget({ calm, failovers, compose, tls, database, seed }: Options): Promise<Target> {
  const hasLinks = !calm && failovers === undefined;
  if (compose) {
    return ComposeTarget.create(hasLinks ? seed : undefined);
  }
  const native: NativeOptions = {
    ...(hasLinks && { chance: seededRandom(seed) }),
    ...(tls && {
      settings: { TLS: 'mutual' },
      prepare: async (directory) => void (await makeCertificates(join(directory, 'tls'))),
    }),
  };
  return database ? DatabaseTarget.create(native) : NativeTarget.create(native);
}

const options = command.exitOverride(endWithUsage).parse().opts<Options>();
print(`seed ${options.seed}`);
const reason = options.compose ? await reasonAgainstDocker() : undefined;
if (reason !== undefined) {
  command.error(`no Docker engine with Compose answers: ${reason}`);
}
if (options.database && !hasPostgres) {
  command.error('there is no PostgreSQL server here: install it');
}
const target = await createTarget(options);
let clean = false;
// Nothing is left running, containers least of all, when somebody has seen enough.
process.once('SIGINT', () => {
  void target.close(false).finally(() => process.exit(interruptedExitCode));
});
try {
  await target.start();
  clean = await report(target, options, await run(target, options));
} finally {
  if (!clean) {
    process.exitCode = 1;
    const files = await target.files().catch((error: unknown) => `none, ${String(error)}`);
    print(`files of the system: ${files}; again with: --seed ${options.seed}`);
  }
  await target.close(!clean);
}
