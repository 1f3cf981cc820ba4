// The shortcut for what is asked most: lookups, questions about orders, and orders, in their plain forms. It says
// exactly what the application would say, at a fraction of the cost, because both run the same routes; everything else
// goes on to the application.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../shared/logger.js';
import { errorAnswer, revalidated, sendAnswer, type ApiAnswer } from './api-answer.js';
import type { HotRoutes } from './app.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request whose route is known. */
interface HotRequest {
  /** As the application names it, for the metrics. */
  readonly route: string;
  answer(requestId: string): ApiAnswer | Promise<ApiAnswer>;
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
    return { route: '/orders', answer: (requestId) => routes.postOrder(request, requestId) };
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

export function answerHotRoutes(
  routes: HotRoutes,
  parts: { readonly requestIds: RequestIds; readonly metrics: Metrics; readonly logger: Logger },
  application: Listener,
): Listener {
  const { requestIds, metrics, logger } = parts;
  return (request, response) => {
    const hot = hotRequest(routes, request);
    if (!hot) {
      return application(request, response);
    }
    const startMs = performance.now();
    const requestId = requestIds.next(request.headers['x-request-id']);
    const finish = (found: ApiAnswer) => {
      const answer = revalidated(found, request.headers['if-none-match']);
      sendAnswer(response, requestId, answer);
      metrics.request(request.method as string, hot.route, answer.status, performance.now() - startMs);
    };
    const fail = (error: unknown) => {
      // What is left of a body that was refused is read and dropped, so that the connection stays usable.
      request.resume();
      finish(errorAnswer(error, logger, { path: request.url ?? '', requestId }));
    };
    try {
      const answer = hot.answer(requestId);
      return answer instanceof Promise ? answer.then(finish, fail) : finish(answer);
    } catch (error) {
      return fail(error);
    }
  };
}
