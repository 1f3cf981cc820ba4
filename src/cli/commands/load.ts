// `stock load`: trades on an exchange and checks that it keeps its word.
import type { Command } from 'commander';
import { parseNames, parseProbability, parseUrl, wholeNumber } from '../arguments.js';
import { formatReport } from '../client-report.js';
import { runClient, type ClientOptions, type RunSummary } from '../client-run.js';
import { isFlawless } from '../client-summary.js';
import { exitCode } from '../exit-codes.js';
import { globalOptions } from '../global-options.js';
import { print, printJson } from '../output.js';

interface LoadOptions {
  readonly host?: URL;
  readonly sessions: number;
  readonly requests: number;
  readonly p: number;
  readonly seed?: number;
  readonly stocks?: string[];
  readonly retries: number;
  readonly timeout: number;
}

/** The client keeps every latency in memory until the end, so there must be an end to them. */
const maxLookups = 2_000_000;
const maxSeed = 2 ** 32 - 1;

const explanation = `
Each session has one keep-alive connection. At its end it asks for each of its orders again and compares them with its
own record. The first Ctrl-C ends the trading and checks what was ordered; the second one ends the command.

Examples:
  stock load
      5 sessions of 200 lookups each, with an order after about 60 % of them
  stock load --url http://127.0.0.1:8080 --sessions 20 --requests 1000 --p 0.2
      more sessions that mostly look up
  stock load --stocks GameStart --p 1 --seed 7
      one busy stock; the same choices each time
  stock load --json | jq .byKind.lookup.cache.hitRate
      for machines

Exit status: 0 all answered and every order as it was acknowledged; 1 an error or a mismatch; 2 bad arguments;
3 nobody answers; 130 all well, but ended early by Ctrl-C.`;

export function addLoad(program: Command): void {
  program
    .command('load')
    .description('Trades over several sessions, and checks each order against its own record.')
    .option('--host <url>', 'the same as --url', parseUrl)
    .option('--sessions <count>', 'sessions that trade at the same time', wholeNumber(1, 1_000), 5)
    .option('--requests <count>', 'lookups of each session', wholeNumber(1, 1_000_000), 200)
    .option('--p <probability>', 'how likely an order is after a lookup, 0 to 1', parseProbability, 0.6)
    .option(
      '--seed <number>',
      'repeats the choices of an earlier run (default: by chance)',
      wholeNumber(0, maxSeed),
    )
    .option('--stocks <names>', 'comma-separated stocks to trade (default: all of the exchange)', parseNames)
    .option(
      '--retries <count>',
      'how often a request without an answer is sent again',
      wholeNumber(0, 100),
      10,
    )
    .option('--timeout <ms>', 'how long one attempt may take, ms', wholeNumber(1, 600_000), 10_000)
    .addHelpText('after', explanation)
    .action(load);
}

async function load(options: LoadOptions, command: Command): Promise<void> {
  const { url, json } = globalOptions(command);
  if (options.sessions * options.requests > maxLookups) {
    command.error(`error: --sessions times --requests must be at most ${maxLookups}.`);
  }
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
    console.error('\nNo more orders; checking those that were placed. Ctrl-C again to leave at once.');
  });
  const summary = await runClient(clientOptions(options, url), () => isStopped);
  process.exitCode = !isFlawless(summary) ? exitCode.failed : isStopped ? exitCode.interrupted : exitCode.ok;
  await (json ? printJson(summary) : print(formatSummary(summary)));
}

function clientOptions({ host, sessions, requests, p, seed, ...rest }: LoadOptions, url: URL): ClientOptions {
  return {
    host: host ?? url,
    sessions,
    requests,
    tradeProbability: p,
    seed: seed ?? Math.floor(Math.random() * 2 ** 32),
    stockNames: rest.stocks,
    maxRetries: rest.retries,
    timeoutMs: rest.timeout,
  };
}

function formatSummary(summary: RunSummary): string {
  const { host, sessions, requestsPerSession, tradeProbability, seed } = summary;
  const what = `${sessions} sessions of ${requestsPerSession} lookups, p ${tradeProbability}, seed ${seed}`;
  return `${host}: ${what}\n\n${formatReport(summary)}`;
}
