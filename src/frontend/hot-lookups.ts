// The shortcut for what is asked most: a lookup that the cache can answer. It says exactly what the application would
// say, at half the cost; everything else goes on to the application.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { stockText } from './answers.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';
import type { StockLookup } from './stock-lookup.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const pathStart = '/stocks/';
/** A name that stands in the path as it is: nothing to decode, no query, no further segment. */
const plainName = /^[A-Za-z0-9._-]{1,64}$/;

/** Answers lookups from the cache and hands the rest to `application`. */
export function answerHotLookups(
  stocks: StockLookup,
  requestIds: RequestIds,
  metrics: Metrics,
  application: Listener,
): Listener {
  return (request, response) => {
    const { method, url = '' } = request;
    const name = method === 'GET' && url.startsWith(pathStart) ? url.slice(pathStart.length) : '';
    const stock = plainName.test(name) ? stocks.cached(name) : undefined;
    if (!stock) {
      return application(request, response);
    }
    const startMs = performance.now();
    const text = stockText(stock);
    response.writeHead(200, {
      'X-Request-ID': requestIds.next(request.headers['x-request-id']),
      'X-Cache': 'HIT',
      'X-Stock-Version': stock.version,
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': text.length,
    });
    response.end(text);
    return metrics.request('GET', '/stocks/:name', 200, performance.now() - startMs);
  };
}
