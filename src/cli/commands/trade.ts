// `stock buy` and `stock sell`. The key that makes an order safe to repeat is told in every outcome.
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { maxShares, type TradeType } from '../../shared/domain.js';
import { parseKey, parseName, wholeNumber } from '../arguments.js';
import { ExchangeApi } from '../exchange-api.js';
import { UnreachableError } from '../exit-codes.js';
import { globalOptions } from '../global-options.js';
import { asJson, print } from '../output.js';
import { endOnInterrupt } from '../terminal.js';

interface TradeOptions {
  readonly key?: string;
  readonly retries: number;
}

interface Trade {
  readonly type: TradeType;
  readonly name: string;
  readonly quantity: number;
}

const timeoutMs = 10_000;
const verbs = { buy: 'Bought', sell: 'Sold' } as const;

const examples = (type: TradeType): string => `
Examples:
  stock ${type} GameStart 3
  stock ${type} GameStart 3 --key my-order-1     # again with that key: the same number, executed once
  stock ${type} GameStart 3 --json | jq .number

Without an answer (connection lost, 503) the order is sent again with the same key, at most --retries times and for
30 s. If it is still not known whether it was executed, the command to repeat it is printed.
Exit status: 0 executed; 1 refused; 3 not known; 74 executed, but standard output cannot be written: the number and the
key are on standard error.`;

export function addTrade(program: Command, type: TradeType): void {
  program
    .command(type)
    .description(`${type === 'buy' ? 'Buys shares from' : 'Sells shares to'} the exchange.`)
    .argument('<name>', 'the stock', parseName)
    .argument('<quantity>', 'how many shares', wholeNumber(0, maxShares))
    .option('--key <key>', 'the Idempotency-Key, to repeat an order (default: a new one)', parseKey)
    .option('--retries <count>', 'how often it is sent again', wholeNumber(0, 100), 5)
    .addHelpText('after', examples(type))
    .action((name: string, quantity: number, options: TradeOptions, command: Command) =>
      place({ type, name, quantity }, options, command),
    );
}

async function place(trade: Trade, { key = randomUUID(), retries }: TradeOptions, command: Command) {
  const { url, json } = globalOptions(command);
  const hint = `It may have been executed. To repeat it safely: ${repeatCommand(trade, key, url)}`;
  endOnInterrupt(hint);
  const api = new ExchangeApi({ url, retries, timeoutMs });
  try {
    const { value: number, retries: retried } = await api.trade(trade, key);
    const result = json
      ? asJson({ number, ...trade, key, retries: retried })
      : describeTrade(trade, number, key, retried);
    // Nobody else knows the key, without which the order would be placed a second time.
    await print(result, { isUnrepeatable: true });
  } catch (error) {
    throw error instanceof UnreachableError
      ? new UnreachableError(`${error.message}\n${hint}`, { cause: error })
      : error;
  }
}

/** The sentence about an executed order. */
export function describeTrade(trade: Trade, number: number, key: string, retries: number): string {
  const times = retries === 0 ? '' : `, sent ${retries + 1} times`;
  return `${verbs[trade.type]} ${trade.quantity} ${trade.name}: order ${number} (key ${key}${times})`;
}

/** What to type to send the same order again. */
export function repeatCommand({ type, name, quantity }: Trade, key: string, url: URL): string {
  // In single quotes a shell takes everything as it is, but for the quote itself.
  const word = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
  return `stock ${type} ${word} ${quantity} --key ${key} --url ${url.origin}`;
}
