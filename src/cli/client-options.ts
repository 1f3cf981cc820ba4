// The command line of the client: what it understands, and what it says when it does not.
import { Command, InvalidArgumentError } from 'commander';

export interface ClientOptions {
  readonly host: URL;
  readonly sessions: number;
  /** Lookups of each session. */
  readonly requests: number;
  /** How likely an order is after a lookup of a stock that has shares, 0 to 1. */
  readonly tradeProbability: number;
  /** What decides all of the client's choices. */
  readonly seed: number;
  /** Stocks to trade; undefined: all that the exchange lists. */
  readonly stockNames: readonly string[] | undefined;
  readonly maxRetries: number;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** The client keeps every latency in memory until the end, so there must be an end to them. */
const maxLookups = 2_000_000;
const maxSeed = 2 ** 32 - 1;

const examples = `
Examples:
  npm run client
      5 sessions of 200 lookups each, with an order after about 60 % of them
  npm run client -- --host http://127.0.0.1:8080 --sessions 20 --requests 1000 --p 0.2
      more sessions that mostly look up
  npm run client -- --stocks GameStart --p 1 --seed 7
      one busy stock; the same choices each time
  npm run --silent client -- --json | jq .byKind.lookup.cache.hitRate
      for machines

Exit status: 0 all answered and every order as it was acknowledged; 1 an error or a mismatch; 2 bad arguments.`;

/**
 * @param args the arguments after the script's name
 * @param randomSeed the seed to use when none is given
 * @throws CommanderError after it printed the help (exitCode 0), or what is wrong (any other)
 */
export function parseClientOptions(args: readonly string[], randomSeed: number): ClientOptions {
  const command = createCommand();
  command.parse(args, { from: 'user' });
  const { host, sessions, requests, p, seed, stocks, retries, timeout, json } = command.opts<RawOptions>();
  if (sessions * requests > maxLookups) {
    command.error(`error: --sessions times --requests must be at most ${maxLookups}.`);
  }
  return {
    host,
    sessions,
    requests,
    tradeProbability: p,
    seed: seed ?? randomSeed,
    stockNames: stocks,
    maxRetries: retries,
    timeoutMs: timeout,
    json,
  };
}

interface RawOptions {
  readonly host: URL;
  readonly sessions: number;
  readonly requests: number;
  readonly p: number;
  readonly seed?: number;
  readonly stocks?: string[];
  readonly retries: number;
  readonly timeout: number;
  readonly json: boolean;
}

function createCommand(): Command {
  return new Command('client')
    .description(
      'Trades on an exchange over keep-alive connections, one for each session, and at the end asks for each of ' +
        'its orders again and compares them with its own record.',
    )
    .option(
      '--host <url>',
      'where the exchange is',
      parseHost,
      new URL(`http://127.0.0.1:${process.env.FRONTEND_PORT || 8080}`),
    )
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
    .option('--json', 'print the summary as JSON, and nothing else, on standard output', false)
    .addHelpText('after', examples)
    .showHelpAfterError('Try --help.')
    .exitOverride();
}

function parseHost(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  // Anything beyond the origin would be dropped from each request, silently.
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.href !== `${url.origin}/`) {
    throw new InvalidArgumentError('It must be like http://127.0.0.1:8080, without a path.');
  }
  return url;
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

function parseProbability(text: string): number {
  const number = Number(text);
  if (!/^[\d.]+$/.test(text) || !(number >= 0 && number <= 1)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1, like 0.6.');
  }
  return number;
}

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) {
    throw new InvalidArgumentError('It must be names separated by commas, like GameStart,AAPL.');
  }
  return [...new Set(names)];
}
