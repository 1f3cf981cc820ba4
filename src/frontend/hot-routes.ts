// The shortcut for what is asked most: lookups, questions about orders, and orders, in their plain forms. It says
// exactly what the application would say, at a fraction of the cost, because both run the same routes; everything else
// goes on to the application.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../shared/logger.js';
import type { Span, Tracer } from '../shared/tracing.js';
import { errorAnswer, revalidated, sendAnswer, type ApiAnswer } from './api-answer.js';
import type { HotRoutes } from './app.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';
import { statusFacts, type RequestTrace } from './request-trace.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request whose route is known. */
interface HotRequest {
  /** As the application names it, for the metrics. */
  readonly route: string;
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

function hotRequest(routes: HotRoutes, request: IncomingMessage): HotRequest | undefined {
  const { method, url = '' } = request;
  if (method === 'POST' && url === '/orders') {
    return { route: '/orders', answer: (trace) => routes.postOrder(request, trace) };
  }
  if (method !== 'GET') {
    return undefined;
  }
  const stock = nameAfter(stocksPath, url);
  if (stock !== undefined) {
    return { route: '/stocks/:name', answer: () => routes.getStock(stock) };
  }
  const number = nameAfter(ordersPath, url);
  return number === undefined
    ? undefined
    : { route: '/orders/:number', answer: () => routes.getOrder(number) };
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
  const debugs = logger.isLevelEnabled('debug');
  return (request, response) => {
    const hot = hotRequest(routes, request);
    if (!hot) {
      return application(request, response);
    }
    const startMs = performance.now();
    const requestId = requestIds.next(request.headers['x-request-id']);
    const method = request.method as string;
    const span = tracer && startSpan(tracer, request, hot.route, requestId);
    const finish = (found: ApiAnswer) => {
      const answer = revalidated(found, request.headers['if-none-match']);
      sendAnswer(response, requestId, answer);
      metrics.request(method, hot.route, answer.status, performance.now() - startMs);
      span?.end(...statusFacts(answer.status));
      if (debugs) {
        logger.debug({ requestId, method, path: request.url, status: answer.status }, 'request');
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
