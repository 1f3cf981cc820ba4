// Domain values as REST bodies. Field by field: what is not named here does not leave the house.
import type { ExecutedOrder } from './order-gateway.js';
import type { Stock } from './stock.js';

export interface StockBody {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

export function stockBody({ name, price, quantity }: Stock): StockBody {
  return { name, price: Number(price), quantity };
}

const stockTexts = new WeakMap<Stock, string>();

/** The answer to a lookup, made once for each state of a stock: cached stocks are asked for again and again. */
export function stockText(stock: Stock): string {
  let text = stockTexts.get(stock);
  if (text === undefined) {
    text = dataBody(stockBody(stock));
    stockTexts.set(stock, text);
  }
  return text;
}

export interface OrderBody {
  readonly order_num: number;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

export function orderBody({ number, name, type, quantity }: ExecutedOrder): OrderBody {
  return { order_num: number, name, type, quantity };
}

/** The body of every success. */
export function dataBody(data: unknown): string {
  return JSON.stringify({ data });
}
