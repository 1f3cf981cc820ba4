// What clients ask for, as the requests that a load generator sends in turn.
import { stockNames } from '../measure/long-history.js';
import type { Request } from './load.js';

/** How many orders have been executed before: twice what the frontend caches, so that it meets none of them again. */
export const earlierOrders = 20_000;

export const caseNames = ['cached', 'uncached', 'list', 'query', 'trade'] as const;
export type CaseName = (typeof caseNames)[number];

export interface Route {
  readonly title: string;
  readonly reference: 'get' | 'post';
  readonly requests: () => Request[];
}

/** A lookup of each of these stocks. */
export function lookups(names: readonly string[]): Request[] {
  return names.map((name) => ({ method: 'GET', path: `/stocks/${name}` }));
}

/** Sells a share of each stock before it buys it, so that none runs out. */
export function trades(names: readonly string[]): Request[] {
  return names.flatMap((name) =>
    ['sell', 'buy'].map((type) => ({
      method: 'POST' as const,
      path: '/orders',
      body: JSON.stringify({ name, quantity: 1, type }),
    })),
  );
}

function orderQueries(): Request[] {
  return Array.from({ length: earlierOrders }, (_, index) => ({
    method: 'GET',
    path: `/orders/${index + 1}`,
  }));
}

export const routes: Readonly<Record<CaseName, Route>> = {
  cached: {
    title: 'cached lookup, `GET /stocks/GameStart`',
    reference: 'get',
    requests: () => lookups(['GameStart']),
  },
  uncached: {
    title: 'uncached lookup, `GET /stocks/GameStart` with `CACHE_SIZE=0`',
    reference: 'get',
    requests: () => lookups(['GameStart']),
  },
  list: {
    title: 'all stocks, `GET /stocks`',
    reference: 'get',
    requests: () => [{ method: 'GET', path: '/stocks' }],
  },
  query: {
    title: 'order query, `GET /orders/n`',
    reference: 'get',
    requests: orderQueries,
  },
  trade: {
    title: 'trade, `POST /orders`',
    reference: 'post',
    requests: () => trades(stockNames),
  },
};
