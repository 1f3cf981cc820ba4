// What every request goes through, whatever its route.
import type { RouterContext } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { code } from '../shared/answer-codes.js';
import type { Logger } from '../shared/logger.js';
import type { Tracer } from '../shared/tracing.js';
import { errorAnswer, jsonType, keep, revalidated, type ApiAnswer } from './api-answer.js';
import { errorBody } from './api-error.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';
import { statusFacts } from './request-trace.js';

/** Takes the caller's X-Request-ID, or makes one, and sends it back. Unless a route says otherwise, nothing is kept. */
export function requestId(requestIds: RequestIds): Middleware {
  return (ctx, next) => {
    const id = requestIds.next(ctx.req.headers['x-request-id']);
    ctx.state.requestId = id;
    ctx.set('X-Request-ID', id);
    ctx.set(keep.never);
    return next();
  };
}

/** As the router names it: there are few of them, and many paths. */
const matchedRoute = (ctx: Context): string => (ctx as { _matchedRoute?: string })._matchedRoute ?? 'none';

/** Tells each request in a trace, which goes on where a `traceparent` header began it. */
export function traced(tracer: Tracer): Middleware {
  return async (ctx, next) => {
    const { method, path } = ctx;
    const requestFacts = {
      'http.request.method': method,
      'url.path': path,
      'request.id': ctx.state.requestId,
    };
    const span = tracer.start(method, 'server', ctx.get('traceparent'), requestFacts);
    ctx.state.traceparent = span?.traceparent;
    await next();
    span?.rename(`${method} ${matchedRoute(ctx)}`);
    span?.end(...statusFacts(ctx.status));
  };
}

/** For debugging: each request with what became of it. */
export function logged(logger: Pick<Logger, 'debug'>): Middleware {
  return async (ctx, next) => {
    await next();
    const { method, path, status } = ctx;
    logger.debug({ requestId: ctx.state.requestId, method, path, status }, 'request');
  };
}

export function measured(metrics: Metrics): Middleware {
  return async (ctx, next) => {
    const startMs = performance.now();
    await next();
    metrics.route(ctx.method, matchedRoute(ctx)).answered(ctx.status, performance.now() - startMs);
  };
}

function send(ctx: Context, answer: ApiAnswer): void {
  ctx.status = answer.status;
  ctx.set(answer.headers);
  ctx.type = jsonType;
  ctx.body = answer.body;
}

function refuse(ctx: Context, status: number, text: string): void {
  send(ctx, { status, headers: keep.never, body: errorBody(status, text) });
}

/** Runs a route that knows nothing of the framework. */
export function answered(route: (ctx: RouterContext) => ApiAnswer | Promise<ApiAnswer>) {
  return async (ctx: RouterContext): Promise<void> =>
    send(ctx, revalidated(await route(ctx), ctx.req.headers['if-none-match']));
}

/** Turns whatever went wrong into our error shape, the framework's own 404 and 405 too. */
export function errorAnswers(logger: Pick<Logger, 'error'>): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // What is left of a body that was refused is read and dropped, so that the connection stays usable.
      ctx.req.resume();
      send(ctx, errorAnswer(error, logger, { path: ctx.path, requestId: ctx.state.requestId }));
      return;
    }
    const isUnanswered = ctx.body === undefined && [404, 405, 501].includes(ctx.status);
    if (!isUnanswered && ctx.method !== 'OPTIONS') {
      return;
    }
    const pathIsKnown = (ctx as { matched?: unknown[] }).matched?.length;
    if (!pathIsKnown) {
      ctx.remove('Allow');
      refuse(ctx, code.notFound, 'Invalid path sent');
    } else if (ctx.method === 'OPTIONS') {
      ctx.status = code.noContent;
    } else {
      refuse(ctx, code.methodNotAllowed, `${ctx.method} is not possible here`);
    }
  };
}
