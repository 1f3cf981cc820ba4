import type { Command } from 'commander';
import { parseName, wholeNumber } from '../arguments.js';
import { ExchangeApi, type OrderView, type StockView } from '../exchange-api.js';
import { globalOptions } from '../global-options.js';
import { print, printJson } from '../output.js';
import { drawTable } from '../table.js';
import { endOnInterrupt } from '../terminal.js';
import { maxShares } from '../../shared/domain.js';

const readOnce = { retries: 2, timeoutMs: 10_000 };

const lookupExamples = `
Examples:
  stock lookup
  stock lookup GameStart
  stock lookup --json | jq '.[] | select(.quantity == 0).name'

Exit status: 0; 1 there is no such stock; 3 no answer.`;

const orderExamples = `
Examples:
  stock order 17
  stock order 17 --json

Exit status: 0; 1 there is no such order; 3 no answer.`;

export function addLookup(program: Command): void {
  program
    .command('lookup')
    .description('Shows one stock, or all of them.')
    .argument('[name]', 'the stock (default: all)', parseName)
    .addHelpText('after', lookupExamples)
    .action(async (name: string | undefined, _options: object, command: Command) => {
      endOnInterrupt();
      const { url, json } = globalOptions(command);
      const api = new ExchangeApi({ url, ...readOnce });
      const found = name === undefined ? await api.stocks() : await api.stock(name);
      if (json) {
        await printJson(found);
      } else {
        await print(formatStocks([found].flat()));
      }
    });
}

export function addOrder(program: Command): void {
  program
    .command('order')
    .description('Shows one executed order.')
    .argument('<number>', 'its transaction number', wholeNumber(1, maxShares))
    .addHelpText('after', orderExamples)
    .action(async (number: number, _options: object, command: Command) => {
      endOnInterrupt();
      const { url, json } = globalOptions(command);
      const order = await new ExchangeApi({ url, ...readOnce }).order(number);
      if (json) {
        await printJson({
          number: order.order_num,
          name: order.name,
          type: order.type,
          quantity: order.quantity,
        });
      } else {
        await print(formatOrder(order));
      }
    });
}

/** Stocks as a table. */
function formatStocks(stocks: readonly StockView[]): string {
  return drawTable(
    ['name', 'price', 'quantity'],
    stocks.map(({ name, price, quantity }) => [name, price.toFixed(2), String(quantity)]),
    ['price', 'quantity'],
  );
}

function formatOrder({ order_num: number, name, type, quantity }: OrderView): string {
  return drawTable(
    ['number', 'type', 'quantity', 'name'],
    [[String(number), type, String(quantity), name]],
    ['number', 'quantity'],
  );
}
