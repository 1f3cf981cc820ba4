// What the routes answer, before it becomes HTTP: so the application and the shortcut say the same.
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Logger } from '../shared/logger.js';
import { ApiError, errorBody } from './api-error.js';

/** An answer in full. Its body is JSON. */
export interface ApiAnswer {
  readonly status: number;
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** `headerList` of this answer, where it is sent again and again. */
  readonly prepared?: readonly string[];
}

export const jsonType = 'application/json; charset=utf-8';

/** How long an answer may be kept. */
export const keep = {
  /** As long as one likes, but it has to be asked before each use whether it still holds. */
  revalidated: { 'Cache-Control': 'no-cache' },
  /** It never changes. Private, because it is somebody's order. */
  forever: { 'Cache-Control': 'private, max-age=31536000, immutable' },
  never: { 'Cache-Control': 'no-store' },
} as const;

/** A strong entity tag: equal for equal bodies only, after a restart and on every frontend too. */
export function entityTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/**
 * A success that a client may keep and ask again about with If-None-Match.
 * @param tag in its quotes; another one for each body that this path can have; left out: made of the body
 */
export function taggedAnswer(
  body: string,
  headers?: Readonly<Record<string, string>>,
  tag = entityTag(body),
): ApiAnswer {
  return { status: 200, headers: { ...headers, ...keep.revalidated, ETag: tag }, body };
}

const weak = (tag: string): string => (tag.startsWith('W/') ? tag.slice(2) : tag);

/** Whether the client has the state named by `tag` (RFC 9110, 13.1.2: weak comparison, a list, or `*`). */
function matches(condition: string, tag: string): boolean {
  if (condition === tag || condition.trim() === '*') {
    return true;
  }
  return (condition.match(/(?:W\/)?"[^"]*"/g) ?? []).some((known) => weak(known) === weak(tag));
}

/** The answer as it is, or 304 where the client has it already. */
export function revalidated(answer: ApiAnswer, ifNoneMatch: string | undefined): ApiAnswer {
  if (ifNoneMatch === undefined) {
    return answer;
  }
  const { ETag: tag } = answer.headers;
  return tag !== undefined && matches(ifNoneMatch, tag)
    ? { status: 304, headers: answer.headers, body: '' }
    : answer;
}

/** All headers of an answer but those of its request: names and values in turn. */
export function headerList({ status, headers, body }: Omit<ApiAnswer, 'prepared'>): string[] {
  const list: string[] = [];
  for (const name in headers) {
    list.push(name, headers[name] as string);
  }
  if (status !== 304) {
    list.push('Content-Type', jsonType, 'Content-Length', String(Buffer.byteLength(body)));
  }
  return list;
}

/** Sends an answer without the framework. */
export function sendAnswer(response: ServerResponse, requestId: string, answer: ApiAnswer): void {
  const headers = ['X-Request-ID', requestId, ...(answer.prepared ?? headerList(answer))];
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

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
    return {
      status: error.status,
      headers: { ...keep.never, ...error.headers },
      body: errorBody(error.status, error.message),
    };
  }
  const status = thrownStatus(error);
  if (status === 500) {
    logger.error({ err: error, ...request }, 'a request failed unexpectedly');
  }
  const text = status === 500 ? 'internal error' : (error as Error).message;
  return { status, headers: keep.never, body: errorBody(status, text) };
}
