import type { SpanFacts } from '../shared/tracing.js';

/** What a route knows of the request beside its content. */
export interface RequestTrace {
  readonly requestId: string;
  /** Names the step of the trace; undefined if the request is not traced. */
  readonly traceparent?: string | undefined;
}

/** How a traced request ends: its status and, from 500 on, the failure. */
export function statusFacts(status: number): [SpanFacts, string | undefined] {
  return [{ 'http.response.status_code': status }, status >= 500 ? `status ${status}` : undefined];
}
