// What the routes answer, before it becomes HTTP: so the application and the shortcut say the same.
import type { Logger } from '../shared/logger.js';
import { ApiError, errorBody } from './api-error.js';

/** An answer in full. Its body is JSON. */
export interface ApiAnswer {
  readonly status: number;
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const jsonType = 'application/json; charset=utf-8';

/** The body of every success. */
export function dataBody(data: unknown): string {
  return JSON.stringify({ data });
}

/** The framework's errors say with `status` that the client is to blame. */
function thrownStatus(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** Turns whatever a route has thrown into the answer. What nobody expected is logged, and not told. */
export function errorAnswer(
  error: unknown,
  logger: Pick<Logger, 'error'>,
  request: { readonly path: string; readonly requestId: string },
): ApiAnswer {
  if (error instanceof ApiError) {
    return { status: error.status, headers: error.headers, body: errorBody(error.status, error.message) };
  }
  const status = thrownStatus(error);
  if (status === 500) {
    logger.error({ err: error, ...request }, 'a request failed unexpectedly');
  }
  const text = status === 500 ? 'internal error' : (error as Error).message;
  return { status, headers: {}, body: errorBody(status, text) };
}
