// The shortcut for what is asked most: lookups, questions about orders, and orders, in their plain forms. It says
// exactly what the application would say, at a fraction of the cost, because both run the same routes; everything else
// goes on to the application.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../shared/logger.js';
import type { Span, Tracer } from '../shared/tracing.js';
import { errorAnswer, revalidated, sendAnswer, type ApiAnswer } from './api-answer.js';
import type { HotRoutes } from './app.js';
import type { Metrics, RouteMetrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';
import { statusFacts, type RequestTrace } from './request-trace.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A route, under the name that the application gives it, and what is counted of it. */
interface HotRoute {
  readonly name: string;
  readonly metrics: RouteMetrics;
}

/** A request whose route is known. */
interface HotRequest {
  readonly route: HotRoute;
  answer(trace: RequestTrace): ApiAnswer | Promise<ApiAnswer>;
}

const stocksPath = '/stocks/';
const ordersPath = '/orders/';
/** A name that stands in the path as it is: nothing to decode, no query, no further segment. */
const plainName = /^[A-Za-z0-9._-]{1,64}$/;

/** The path after `start`, if it is that and a plain name. */
function nameAfter(start: string, url: string): string | undefined {
  const name = url.startsWith(start) ? url.slice(start.length) : '';
  return plainName.test(name) ? name : undefined;
}

function namedRoutes(metrics: Metrics) {
  const named = (method: string, name: string): HotRoute => ({ name, metrics: metrics.route(method, name) });
  return {
    stock: named('GET', '/stocks/:name'),
    order: named('GET', '/orders/:number'),
    newOrder: named('POST', '/orders'),
  };
}

function hotRequest(
  routes: HotRoutes,
  names: ReturnType<typeof namedRoutes>,
  request: IncomingMessage,
): HotRequest | undefined {
  const { method, url = '' } = request;
  if (method === 'POST' && url === '/orders') {
    return { route: names.newOrder, answer: (trace) => routes.postOrder(request, trace) };
  }
  if (method !== 'GET') {
    return undefined;
  }
  const stock = nameAfter(stocksPath, url);
  if (stock !== undefined) {
    return { route: names.stock, answer: () => routes.getStock(stock) };
  }
  const number = nameAfter(ordersPath, url);
  return number === undefined ? undefined : { route: names.order, answer: () => routes.getOrder(number) };
}

function startSpan(
  tracer: Tracer,
  request: IncomingMessage,
  route: string,
  requestId: string,
): Span | undefined {
  const { method = '', url = '' } = request;
  const { traceparent } = request.headers;
  const facts = {
    'http.request.method': method,
    'http.route': route,
    'url.path': url,
    'request.id': requestId,
  };
  return tracer.start(`${method} ${route}`, 'server', traceparent as string | undefined, facts);
}

export function answerHotRoutes(
  routes: HotRoutes,
  parts: {
    readonly requestIds: RequestIds;
    readonly metrics: Metrics;
    readonly logger: Logger;
    readonly tracer?: Tracer | undefined;
  },
  application: Listener,
): Listener {
  const { requestIds, metrics, logger, tracer } = parts;
  const names = namedRoutes(metrics);
  const debugs = logger.isLevelEnabled('debug');
  return (request, response) => {
    const hot = hotRequest(routes, names, request);
    if (!hot) {
      return application(request, response);
    }
    const startMs = performance.now();
    const requestId = requestIds.next(request.headers['x-request-id']);
    const span = tracer && startSpan(tracer, request, hot.route.name, requestId);
    const finish = (found: ApiAnswer) => {
      const answer = revalidated(found, request.headers['if-none-match']);
      sendAnswer(response, requestId, answer);
      hot.route.metrics.answered(answer.status, performance.now() - startMs);
      span?.end(...statusFacts(answer.status));
      if (debugs) {
        const { method, url: path } = request;
        logger.debug({ requestId, method, path, status: answer.status }, 'request');
      }
    };
    const fail = (error: unknown) => {
      // What is left of a body that was refused is read and dropped, so that the connection stays usable.
      request.resume();
      finish(errorAnswer(error, logger, { path: request.url ?? '', requestId }));
    };
    try {
      const answer = hot.answer({ requestId, traceparent: span?.traceparent });
      return answer instanceof Promise ? answer.then(finish, fail) : finish(answer);
    } catch (error) {
      return fail(error);
    }
  };
}
