// What every request goes through, whatever its route.
import type { Context, Middleware } from 'koa';
import { code } from '../shared/answer-codes.js';
import type { Logger } from '../shared/logger.js';
import { ApiError, errorBody } from './api-error.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';

/** Takes the caller's X-Request-ID, or makes one, and sends it back. */
export function requestId(requestIds: RequestIds): Middleware {
  return (ctx, next) => {
    const id = requestIds.next(ctx.req.headers['x-request-id']);
    ctx.state.requestId = id;
    ctx.set('X-Request-ID', id);
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

function answerError(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.type = 'application/json';
  ctx.body = errorBody(status, text);
}

function thrownStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** Turns whatever went wrong into our error shape, the framework's own 404 and 405 too. */
export function errorAnswers(logger: Pick<Logger, 'error'>): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      // What is left of a body that was refused is read and dropped, so that the connection stays usable.
      ctx.req.resume();
      if (error instanceof ApiError) {
        ctx.set(error.headers);
        answerError(ctx, error.status, error.message);
        return;
      }
      const status = thrownStatus(error);
      if (status === 500) {
        logger.error(
          { err: error, path: ctx.path, requestId: ctx.state.requestId },
          'a request failed unexpectedly',
        );
      }
      answerError(ctx, status, status === 500 ? 'internal error' : (error as Error).message);
      return;
    }
    if (ctx.body === undefined && (ctx.status === 404 || ctx.status === 405 || ctx.status === 501)) {
      const pathIsKnown = (ctx as { matched?: unknown[] }).matched?.length;
      if (pathIsKnown) {
        answerError(ctx, code.methodNotAllowed, `${ctx.method} is not possible here`);
      } else {
        ctx.remove('Allow');
        answerError(ctx, code.notFound, 'Invalid path sent');
      }
    }
  };
}
