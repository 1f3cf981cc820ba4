import type { IncomingMessage, ServerResponse } from 'node:http';
import { keep, sendAnswer } from './api-answer.js';
import { errorBody } from './api-error.js';
import type { Metrics } from './metrics.js';
import type { RequestIds } from './request-ids.js';

/** Why a request is turned away before any route sees it. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RefusalParts {
  readonly requestIds: RequestIds;
  readonly metrics: Metrics;
}

/** Answers a request with a refusal. What is left of its body is dropped, so that the connection stays usable. */
export function turnAway(
  { requestIds, metrics }: RefusalParts,
  request: IncomingMessage,
  response: ServerResponse,
  { status, message, headers }: Refusal,
): void {
  request.resume();
  sendAnswer(response, requestIds.next(request.headers['x-request-id']), {
    status,
    headers: { ...keep.never, ...headers },
    body: errorBody(status, message),
  });
  metrics.route(request.method as string, 'none').answered(status, 0);
}
