// What every request goes through, whatever its route.
import type { RouterContext } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { code } from '../shared/answer-codes.js';
import type { Logger } from '../shared/logger.js';
import { errorAnswer, jsonType, keep, revalidated, type ApiAnswer } from './api-answer.js';
import { errorBody } from './api-error.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';

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

export function measured(metrics: Metrics): Middleware {
  return async (ctx, next) => {
    const startMs = performance.now();
    await next();
    const route = (ctx as { _matchedRoute?: string })._matchedRoute ?? 'none';
    metrics.request(ctx.method, route, ctx.status, performance.now() - startMs);
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
