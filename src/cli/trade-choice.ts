// What the client trades. Apart from the session, so that it can be tested without an exchange.
import { randomInteger, type Random } from './seeded-random.js';

type TradeType = 'buy' | 'sell';

/** What `GET /stocks/<name>` tells about a stock. */
export interface Stock {
  readonly name: string;
  /** Price of one share, in the currency of the exchange. */
  readonly price: number;
  /** How many shares the exchange has for sale. */
  readonly quantity: number;
}

/** The body of `POST /orders`. */
export interface NewOrder {
  readonly name: string;
  readonly type: TradeType;
  readonly quantity: number;
}

/** Small trades keep a session going: large ones would empty the exchange in a few requests. */
const maxShares = 5;

/** The stock to look up next. */
export function chooseStock(random: Random, stockNames: readonly string[]): string {
  const name = stockNames[randomInteger(random, 0, stockNames.length - 1)];
  if (name === undefined) {
    throw new Error('there is no stock to choose from');
  }
  return name;
}

/**
 * The order to place after a lookup, if any.
 * @param probability how likely an order is while there are shares, 0 to 1
 * @returns undefined when the stock has run out or chance says no
 */
export function chooseTrade(random: Random, stock: Stock, probability: number): NewOrder | undefined {
  if (stock.quantity <= 0 || random() >= probability) {
    return undefined;
  }
  const type = random() < 0.5 ? 'buy' : 'sell';
  return { name: stock.name, type, quantity: randomInteger(random, 1, Math.min(stock.quantity, maxShares)) };
}
