// Who may come in, and how often: before any route, so that it holds for all of them and costs little to refuse.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { code } from '../shared/answer-codes.js';
import type { Callers } from './callers.js';
import type { RateLimits } from './rate-limits.js';
import { turnAway, type Refusal, type RefusalParts } from './refusal.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface AdmissionParts extends RefusalParts {
  readonly callers: Callers;
  readonly rateLimits: RateLimits;
}

/** For those who watch over the system: they must get through when nobody else does. */
export const alwaysOpen: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const unknownCaller: Refusal = {
  status: code.unauthorized,
  message: 'an API key is needed: Authorization: Bearer <key>',
  headers: { 'WWW-Authenticate': 'Basic realm="stock server", charset="UTF-8"' },
};

const tooMany = (retryAfterS: number): Refusal => ({
  status: code.tooManyRequests,
  message: 'too many requests, try again later',
  headers: { 'Retry-After': String(retryAfterS) },
});

/** Asks for the key, and counts. A preflight has no key: browsers send it on their own. */
export function admit(parts: AdmissionParts, listener: Listener): Listener {
  const { callers, rateLimits } = parts;
  if (!callers.mustShowKey && !rateLimits.exist) {
    return listener;
  }

  function refusal(request: IncomingMessage): Refusal | undefined {
    const caller = callers.name(request);
    if (caller === undefined && request.method !== 'OPTIONS') {
      return unknownCaller;
    }
    const retryAfterS = rateLimits.retryAfterS(caller ?? '');
    return retryAfterS > 0 ? tooMany(retryAfterS) : undefined;
  }

  return (request, response) => {
    const refused = alwaysOpen.has(request.url ?? '') ? undefined : refusal(request);
    return refused ? turnAway(parts, request, response, refused) : listener(request, response);
  };
}
