// Domain values as REST bodies. Field by field: what is not named here does not leave the house.
import { dataBody, headerList, taggedAnswer, type ApiAnswer } from './api-answer.js';
import type { ExecutedOrder } from './order-gateway.js';
import type { CacheUse } from './stock-lookup.js';
import type { Stock } from './stock.js';

export interface StockBody {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
}

export function stockBody({ name, price, quantity }: Stock): StockBody {
  return { name, price: Number(price), quantity };
}

/** All that the body holds beside the name, which the path holds: a digest would cost more than the lookup. */
const stockTag = ({ price, quantity }: Stock): string => `"${price}-${quantity}"`;

const hits = new WeakMap<Stock, ApiAnswer>();

/** The answer to a lookup. For hits it is made once for each state of a stock: they are asked for again and again. */
export function stockAnswer(stock: Stock, use: CacheUse): ApiAnswer {
  const made = use === 'HIT' ? hits.get(stock) : undefined;
  if (made) {
    return made;
  }
  const headers = { 'X-Cache': use, 'X-Stock-Version': String(stock.version) };
  const answer = taggedAnswer(dataBody(stockBody(stock)), headers, stockTag(stock));
  if (use !== 'HIT') {
    return answer;
  }
  const prepared = { ...answer, prepared: headerList(answer) };
  hits.set(stock, prepared);
  return prepared;
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
