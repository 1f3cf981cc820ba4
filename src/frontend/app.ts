// The REST interface: which path leads where. The public application is what the world may reach; the internal one
// takes the catalog's invalidations.
import { Router } from '@koa/router';
import Koa from 'koa';
import type { Logger } from '../shared/logger.js';
import type { Tracer } from '../shared/tracing.js';
import type { Callers } from './callers.js';
import type { CacheLease } from './cache-lease.js';
import type { LeaderFinder } from './leader-finder.js';
import type { EventStreams } from './live/event-streams.js';
import type { Metrics } from './metrics.js';
import { answered, errorAnswers, logged, measured, requestId, traced } from './middleware.js';
import type { OrderCache } from './order-cache.js';
import type { OrderGateway } from './order-gateway.js';
import type { OrderPages } from './order-pages.js';
import type { RequestIds } from './request-ids.js';
import { getEvents, getPage, getPageFile } from './routes/dashboard-routes.js';
import { getDocs, getOpenApi } from './routes/document-routes.js';
import { getOrder, listOrders, postOrder, type GetOrder, type PostOrder } from './routes/order-routes.js';
import { getCluster, getHealth, getMetrics, getReadiness } from './routes/status-routes.js';
import {
  getStock,
  type GetStock,
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
  readonly pages: OrderPages;
  readonly events: EventStreams;
  readonly callers: Callers;
  readonly mintKey: () => string;
  readonly tracer?: Tracer | undefined;
  /** Aborts when the process is told to stop. */
  readonly stopping: AbortSignal;
}

function build(router: Router, parts: AppParts): Koa {
  const app = new Koa();
  app.use(measured(parts.metrics));
  app.use(requestId(parts.requestIds));
  if (parts.tracer) {
    app.use(traced(parts.tracer));
  }
  if (parts.logger.isLevelEnabled('debug')) {
    app.use(logged(parts.logger));
  }
  app.use(errorAnswers(parts.logger));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** The routes that are asked for most; hot-routes.ts has a shortcut to them. */
export interface HotRoutes {
  readonly getStock: GetStock;
  readonly getOrder: GetOrder;
  readonly postOrder: PostOrder;
}

export function createHotRoutes({ stocks, gateway, orders, callers, mintKey, logger }: AppParts): HotRoutes {
  return {
    getStock: getStock(stocks),
    getOrder: getOrder(gateway, orders),
    postOrder: postOrder(gateway, callers, mintKey, logger),
  };
}

/**
 * All public routes; openapi/operations.ts says what they answer.
 * @param trustsCallers true where internal and public port are the same: invalidations are taken here too
 */
export function publicRoutes(parts: AppParts, hot: HotRoutes, trustsCallers: boolean): Router {
  const { stocks, lease, catalog, pages, finder, metrics, events, stopping } = parts;
  const router = new Router();
  router.get(
    '/stocks/:name',
    answered((ctx) => hot.getStock(ctx.params.name ?? '')),
  );
  router.get('/stocks', answered(listStocks(catalog)));
  router.post(
    '/orders',
    answered((ctx) => hot.postOrder(ctx.req, ctx.state)),
  );
  router.get(
    '/orders/:number',
    answered((ctx) => hot.getOrder(ctx.params.number ?? '')),
  );
  router.get('/orders', answered(listOrders(pages)));
  router.get(
    '/cluster',
    getCluster(finder, stocks, () => lease.live),
  );
  router.get('/healthz', getHealth);
  router.get('/readyz', getReadiness(finder, stopping));
  router.get('/metrics', getMetrics(metrics.registry));
  router.delete(
    '/delete/:name',
    trustsCallers ? invalidateStock(stocks, (id) => lease.owns(id), true) : refuseInvalidation,
  );
  router.get('/openapi.json', answered(getOpenApi()));
  router.get('/docs', getDocs());
  router.get('/', getPage());
  router.get('/dashboard/:file', getPageFile());
  router.get('/events', getEvents(events));
  return router;
}

export function createPublicApp(parts: AppParts, hot: HotRoutes, trustsCallers: boolean): Koa {
  return build(publicRoutes(parts, hot, trustsCallers), parts);
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
