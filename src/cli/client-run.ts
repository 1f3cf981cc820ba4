// Wires the sessions of one run to their connections.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarizeSessions, type ClientSummary } from './client-summary.js';
import { ExchangeClient } from './exchange-client.js';
import { UnreachableError } from './exit-codes.js';
import { HttpConnection } from './http-connection.js';
import { startProgress } from './progress.js';
import { seededRandom } from './seeded-random.js';
import { Session } from './session.js';

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
}

/** What a run was, beside what the sessions saw: enough to repeat it. */
export interface RunSummary extends ClientSummary {
  readonly host: string;
  readonly sessions: number;
  readonly requestsPerSession: number;
  readonly tradeProbability: number;
  readonly seed: number;
  readonly stocks: readonly string[];
  /** Connections that the sessions opened; as many as sessions when none was lost. */
  readonly connections: number;
}

/** When nobody answers at the start, nobody is there: no reason to wait as long as in the middle of a run. */
const retriesAtStart = 2;

/**
 * Runs all sessions at the same time.
 * @param isStopped true ends the trading early; what was ordered is checked all the same
 * @param startBar shows how far it is
 * @throws UnreachableError when the exchange cannot be reached
 */
export async function runClient(
  options: ClientOptions,
  isStopped: () => boolean,
  startBar = startProgress,
): Promise<RunSummary> {
  const stocks = await findStocks(options);
  const connections = Array.from(
    { length: options.sessions },
    () => new HttpConnection(options.host, options.timeoutMs),
  );
  const progress = startBar(options.sessions * options.requests);
  const startMs = performance.now();
  const results = await Promise.all(
    connections.map((connection, index) => {
      // Each session has choices of its own, which do not depend on how the sessions take turns.
      const random = seededRandom(options.seed ^ Math.imul(index, 0x9e3779b1));
      return new Session(connectExchange(connection, options.maxRetries), {
        stockNames: stocks,
        requests: options.requests,
        tradeProbability: options.tradeProbability,
        random,
        // Never from the seed: with the keys of an earlier run the exchange would answer with that run's orders.
        newIdempotencyKey: randomUUID,
        isStopped,
        onOrderPlaced: progress.grow,
        onStep: progress.advance,
      }).run();
    }),
  );
  const durationMs = performance.now() - startMs;
  progress.stop();
  connections.forEach((connection) => connection.close());
  return {
    host: options.host.origin,
    sessions: options.sessions,
    requestsPerSession: options.requests,
    tradeProbability: options.tradeProbability,
    seed: options.seed,
    stocks,
    connections: connections.reduce((total, { connectionsOpened }) => total + connectionsOpened, 0),
    ...summarizeSessions(results, durationMs),
  };
}

async function findStocks({ host, timeoutMs, stockNames }: ClientOptions): Promise<readonly string[]> {
  const exchange = connectExchange(new HttpConnection(host, timeoutMs), retriesAtStart);
  const answer = await exchange.listStocks();
  exchange.close();
  if (answer.outcome === 'done') {
    return stockNames ?? answer.value;
  }
  if (answer.outcome === 'refused' && stockNames) {
    return stockNames; // An exchange without the list of stocks; the lookups will show whether it is one.
  }
  const reason = answer.outcome === 'failed' ? answer.reason : answer.message;
  throw new UnreachableError(
    `${host.origin} does not list its stocks: ${reason}. Is the server running there (npm start)?`,
  );
}

function connectExchange(connection: HttpConnection, maxRetries: number): ExchangeClient {
  return new ExchangeClient(connection, {
    policy: { maxRetries, giveUpAfterMs: 30_000, baseDelayMs: 25, maxDelayMs: 2_000 },
    random: Math.random,
    now: () => new Date(),
    sleep: (delayMs) => sleep(delayMs),
  });
}
