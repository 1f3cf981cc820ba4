import type { Stock } from '../../src/catalog/ledger.js';
import type { Order, Term, Trade } from '../../src/shared/domain.js';
import { emptyLogEnd } from '../../src/shared/domain.js';
import { chainTrade } from '../../src/shared/trade-line.js';

/** An order to buy one GameStart, except for what a test says. */
export function order(orderId: string, changes: Partial<Order> = {}): Order {
  return { orderId, name: 'GameStart', type: 'buy', quantity: 1, ...changes };
}

export function stock(name: string, quantity: number, changes: Partial<Stock> = {}): Stock {
  return { name, price: '15.99', quantity, volume: 0, version: 0, ...changes };
}

/** A history of `count` trades, numbered from 1 on. */
export function tradeHistory(count: number, term: Term = 1): Trade[] {
  const trades: Trade[] = [];
  for (let number = 1; number <= count; number += 1) {
    const previous = trades.at(-1) ?? emptyLogEnd;
    const what = {
      orderId: `order-${number}`,
      name: 'GameStart',
      type: 'sell',
      quantity: number % 7,
    } as const;
    trades.push(chainTrade({ ...what, number, term }, previous.checksum));
  }
  return trades;
}
