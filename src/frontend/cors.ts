// Cross-origin requests. It adds headers before anybody answers, so that all routes, the shortcut's too, behave the
// same; without allowed origins it is not there at all.
import type { IncomingMessage, ServerResponse } from 'node:http';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const exposed = 'ETag, Idempotency-Key, Link, Retry-After, X-Cache, X-Request-ID, X-Stock-Version';
const requestHeaders = 'Authorization, Content-Type, Idempotency-Key, If-None-Match, X-API-Key, X-Request-ID';
/** How long a browser may keep the answer to a preflight, s. */
const preflightAgeS = '600';

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** @param origins who may read answers in a browser, like `https://example.org`; `*`: everybody; none: nobody else */
export function withCors(origins: readonly string[], listener: Listener): Listener {
  if (origins.length === 0) {
    return listener;
  }
  const anyOrigin = origins.includes('*');
  return (request, response) => {
    const { origin } = request.headers;
    if (!anyOrigin) {
      response.setHeader('Vary', 'Origin');
    }
    if (origin !== undefined && (anyOrigin || origins.includes(origin))) {
      response.setHeader('Access-Control-Allow-Origin', anyOrigin ? '*' : origin);
      if (isPreflight(request)) {
        response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST');
        response.setHeader('Access-Control-Allow-Headers', requestHeaders);
        response.setHeader('Access-Control-Max-Age', preflightAgeS);
      } else {
        response.setHeader('Access-Control-Expose-Headers', exposed);
      }
    }
    return listener(request, response);
  };
}
