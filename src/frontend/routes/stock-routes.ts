import type { RouterContext } from '@koa/router';
import { code, message } from '../../shared/answer-codes.js';
import { coalesce } from '../../shared/coalesce.js';
import { stockAnswer, stockBody } from '../answers.js';
import { dataBody, taggedAnswer, type ApiAnswer } from '../api-answer.js';
import { ApiError } from '../api-error.js';
import type { FoundStock, StockLookup } from '../stock-lookup.js';
import type { Stock } from '../stock.js';

export interface StockList {
  /**
   * All stocks, by name.
   * @throws ApiError
   */
  listStocks(): Promise<readonly Stock[]>;
}

/**
 * `GET /stocks/:name`
 * @throws ApiError
 */
export type GetStock = (name: string) => ApiAnswer | Promise<ApiAnswer>;

function foundAnswer({ stock, use }: FoundStock): ApiAnswer {
  if (!stock) {
    throw new ApiError(code.notFound, message.stockNotFound, { headers: { 'X-Cache': use } });
  }
  return stockAnswer(stock, use);
}

export function getStock(stocks: StockLookup): GetStock {
  return (name) => {
    const cached = stocks.cached(name);
    return cached ? stockAnswer(cached, 'HIT') : stocks.find(name).then(foundAnswer);
  };
}

/** `GET /stocks`. Who asks while a list is on its way shares the next one with all who do: none is older than its question. */
export function listStocks(catalog: StockList): () => Promise<ApiAnswer> {
  return coalesce(async () => {
    const stocks = await catalog.listStocks();
    return taggedAnswer(dataBody(stocks.map(stockBody)));
  });
}

/**
 * `DELETE /delete/:name?version=…&session=…`, from the catalog. Without a version the stock is dropped as it is.
 * @param isPublic whether anybody can call: then only who knows a session of ours may name a version, which sets a
 *   floor that stays
 */
export function invalidateStock(
  stocks: StockLookup,
  ownsSession: (sessionId: string) => boolean,
  isPublic: boolean,
) {
  return (ctx: RouterContext): void => {
    const { version, session } = ctx.query;
    const number = typeof version === 'string' && /^\d{1,10}$/.test(version) ? Number(version) : undefined;
    if (version !== undefined && number === undefined) {
      throw new ApiError(code.badRequest, 'version must be a whole number');
    }
    const needsSession = session !== undefined || (isPublic && number !== undefined);
    if (needsSession && !(typeof session === 'string' && ownsSession(session))) {
      throw new ApiError(code.conflict, 'this frontend does not hold that session');
    }
    stocks.invalidate(ctx.params.name ?? '', number);
    ctx.body = { code: code.ok, message: 'Cache invalidated' };
  };
}

/** The same on the public port. */
export function refuseInvalidation(): never {
  throw new ApiError(code.forbidden, 'only the catalog may invalidate the cache');
}
