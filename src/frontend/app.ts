// The REST interface: which path leads where. The public application is what the world may reach; the internal one
// takes the catalog's invalidations.
import { bodyParser } from '@koa/bodyparser';
import { Router, type RouterMiddleware } from '@koa/router';
import Koa from 'koa';
import { code } from '../shared/answer-codes.js';
import type { Logger } from '../shared/logger.js';
import { ApiError } from './api-error.js';
import type { CacheLease } from './cache-lease.js';
import type { LeaderFinder } from './leader-finder.js';
import type { Metrics } from './metrics.js';
import { errorAnswers, measured, requestId } from './middleware.js';
import type { OrderCache } from './order-cache.js';
import type { OrderGateway } from './order-gateway.js';
import type { RequestIds } from './request-ids.js';
import { getOrder, listOrders, postOrder } from './routes/order-routes.js';
import { getCluster, getHealth, getMetrics, getReadiness } from './routes/status-routes.js';
import {
  getStock,
  invalidateStock,
  listStocks,
  refuseInvalidation,
  type StockList,
} from './routes/stock-routes.js';
import type { StockLookup } from './stock-lookup.js';

export interface AppParts {
  readonly requestIds: RequestIds;
  readonly stocks: StockLookup;
  readonly lease: CacheLease;
  readonly catalog: StockList;
  readonly gateway: OrderGateway;
  readonly finder: LeaderFinder;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly orders: OrderCache;
  readonly mintOrderId: () => string;
}

/** Largest body of a request. */
const bodyLimit = '16kb';

/** People use bare `curl -d`, so a body is JSON whatever its content type says. */
const jsonBody = bodyParser({
  enableTypes: ['json'],
  detectJSON: () => true,
  jsonStrict: false,
  jsonLimit: bodyLimit,
  onError: (error) => {
    const { status } = error as { status?: number };
    throw new ApiError(status ?? code.badRequest, `the body cannot be read: ${error.message}`, {
      cause: error,
    });
  },
}) as unknown as RouterMiddleware; // typed for a plain context, runs in the router's as well

function build(router: Router, parts: AppParts): Koa {
  const app = new Koa();
  app.use(measured(parts.metrics));
  app.use(requestId(parts.requestIds));
  app.use(errorAnswers(parts.logger));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** @param trustsCallers true where internal and public port are the same: invalidations are taken here too */
export function createPublicApp(parts: AppParts, trustsCallers: boolean): Koa {
  const { stocks, lease, catalog, gateway, orders, finder, metrics } = parts;
  const router = new Router();
  router.get('/stocks/:name', getStock(stocks));
  router.get('/stocks', listStocks(catalog));
  router.post('/orders', jsonBody, postOrder(gateway, parts.mintOrderId));
  router.get('/orders/:number', getOrder(gateway, orders));
  router.get('/orders', listOrders(gateway));
  router.get(
    '/cluster',
    getCluster(finder, stocks, () => lease.live),
  );
  router.get('/healthz', getHealth);
  router.get('/readyz', getReadiness(finder));
  router.get('/metrics', getMetrics(metrics.registry));
  router.delete(
    '/delete/:name',
    trustsCallers ? invalidateStock(stocks, (id) => lease.owns(id), true) : refuseInvalidation,
  );
  return build(router, parts);
}

export function createInternalApp(parts: AppParts): Koa {
  const { stocks, lease, metrics } = parts;
  const router = new Router();
  router.delete(
    '/delete/:name',
    invalidateStock(stocks, (id) => lease.owns(id), false),
  );
  router.get('/healthz', getHealth);
  router.get('/metrics', getMetrics(metrics.registry));
  return build(router, parts);
}
