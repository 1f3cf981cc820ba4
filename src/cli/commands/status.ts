import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { ExchangeApi } from '../exchange-api.js';
import { exitCode, UnreachableError } from '../exit-codes.js';
import { globalOptions, type GlobalOptions } from '../global-options.js';
import { print, printJson } from '../output.js';
import { describeSystem, formatStatus, type SystemStatus } from '../status-view.js';
import { coloursOfOutput, endOnInterrupt } from '../terminal.js';

const examples = `
Examples:
  stock status
  stock status --watch --interval 500
  stock status --json | jq -r '.processes[] | select(.role == "leader").name'

With --watch and --json each status is one line. In a pipe, tables follow each other.
Exit status: 0 trades succeed; 1 they do not; 3 no frontend answers.`;

/** A status that takes longer than this says enough, ms. */
const timeoutMs = 2_000;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Shows who leads, how far each replica is, and whether trades succeed.')
    .option('--watch', 'again and again, until Ctrl-C', false)
    .option('--interval <ms>', 'with --watch: the pause in between, ms', wholeNumber(50, 3_600_000), 1_000)
    .addHelpText('after', examples)
    .action(async ({ watch, interval }: { watch: boolean; interval: number }, command: Command) => {
      endOnInterrupt();
      const options = globalOptions(command);
      await (watch ? watchStatus(options, interval) : showOnce(options));
    });
}

async function showOnce(options: GlobalOptions): Promise<void> {
  const status = await observe(options);
  process.exitCode = status.ready ? exitCode.ok : exitCode.failed;
  await (options.json ? printJson(status) : print(formatStatus(status, coloursOfOutput())));
}

async function watchStatus(options: GlobalOptions, intervalMs: number): Promise<never> {
  for (;;) {
    const text = await observe(options).then(
      (status) => (options.json ? JSON.stringify(status) : formatStatus(status, coloursOfOutput())),
      (error: unknown) => describeSilence(error, options.json),
    );
    // From the top of an empty screen; in a pipe, one after the other.
    const start = process.stdout.isTTY && !options.json ? '\u001B[H\u001B[2J' : '';
    await print(`${start}${text}`);
    await sleep(intervalMs);
  }
}

/** A frontend that is away may come back: that is what one watches for. */
function describeSilence(error: unknown, json: boolean): string {
  if (!(error instanceof UnreachableError)) {
    throw error;
  }
  return json ? JSON.stringify({ error: { message: error.message } }) : error.message;
}

async function observe({ url, isOwnSystem, config }: GlobalOptions): Promise<SystemStatus> {
  const api = new ExchangeApi({ url, retries: 0, timeoutMs });
  const [cluster, unreadiness, frontendStart] = await Promise.all([
    api.cluster(),
    api.unreadiness(),
    api.startedAt(),
  ]);
  return describeSystem({
    url,
    cluster,
    unreadiness,
    frontendStart,
    now: new Date(),
    config: isOwnSystem ? config : undefined,
  });
}
