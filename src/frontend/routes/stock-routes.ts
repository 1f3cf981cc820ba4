import type { RouterContext } from '@koa/router';
import { code, message } from '../../shared/answer-codes.js';
import { dataBody, stockBody, stockText } from '../answers.js';
import { ApiError } from '../api-error.js';
import type { StockLookup } from '../stock-lookup.js';
import type { Stock } from '../stock.js';

export interface StockList {
  /** All stocks, by name. */
  listStocks(): Promise<readonly Stock[]>;
}

/** `GET /stocks/:name` */
export function getStock(stocks: StockLookup) {
  return async (ctx: RouterContext): Promise<void> => {
    const name = ctx.params.name ?? '';
    const cached = stocks.cached(name);
    const { stock, use } = cached ? { stock: cached, use: 'HIT' } : await stocks.find(name);
    ctx.set('X-Cache', use);
    if (!stock) {
      throw new ApiError(code.notFound, message.stockNotFound);
    }
    ctx.set('X-Stock-Version', String(stock.version));
    ctx.type = 'application/json';
    ctx.body = stockText(stock);
  };
}

/** `GET /stocks` */
export function listStocks(catalog: StockList) {
  return async (ctx: RouterContext): Promise<void> => {
    const stocks = await catalog.listStocks().catch((error: unknown) => {
      throw new ApiError(code.unavailable, message.catalogDown, { cause: error });
    });
    ctx.type = 'application/json';
    ctx.body = dataBody(stocks.map(stockBody));
  };
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
