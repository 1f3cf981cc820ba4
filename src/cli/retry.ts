// Sends a request again until there is an answer. That is safe for orders because the caller sends the same
// Idempotency-Key each time: an order that was executed although its answer got lost is not executed again.
import type { HttpAnswer, HttpRequest } from './http-connection.js';
import type { Random } from './seeded-random.js';

export interface RetryPolicy {
  /** How often a request is sent again, at most. */
  readonly maxRetries: number;
  /** How long after its first sending a request is still sent again, ms: each attempt may take long by itself. */
  readonly giveUpAfterMs: number;
  /** The pause before the first retry, ms; it doubles each time. */
  readonly baseDelayMs: number;
  /** The longest pause, ms, also when the server asks for a longer one. */
  readonly maxDelayMs: number;
}

/** What the retries need of their surroundings. */
export interface RetryEnvironment {
  readonly policy: RetryPolicy;
  readonly random: Random;
  readonly now: () => Date;
  readonly sleep: (delayMs: number) => Promise<void>;
}

export type RetriedAnswer =
  | { readonly retries: number; readonly answer: HttpAnswer }
  | { readonly retries: number; readonly reason: string };

/** Statuses by which a server, or a proxy before it, says "later": the request may or may not have been executed. */
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * @param send one attempt; may throw when there is no answer
 * @returns the first answer that is final, or the last one that is not; a reason when there was none at all
 */
export async function sendWithRetries(
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpAnswer>,
  { policy, random, now, sleep }: RetryEnvironment,
): Promise<RetriedAnswer> {
  const giveUpAtMs = now().getTime() + policy.giveUpAfterMs;
  for (let retries = 0; ; retries += 1) {
    const attempt = await send(request).catch((error: unknown) => describeError(error));
    const isFinal = typeof attempt !== 'string' && !retryableStatuses.has(attempt.status);
    if (isFinal || retries >= policy.maxRetries || now().getTime() >= giveUpAtMs) {
      return typeof attempt === 'string' ? { retries, reason: attempt } : { retries, answer: attempt };
    }
    const retryAfter = typeof attempt === 'string' ? undefined : attempt.headers['retry-after'];
    await sleep(retryDelayMs(retries, retryAfter, { policy, random, now: now() }));
  }
}

/**
 * The pause before the next attempt, ms. Without a wish of the server it doubles each time, with chance in it so that
 * the sessions that failed together do not all come back together.
 * @param retriesSoFar 0 before the first retry
 * @param retryAfter the header: seconds, or a date
 */
export function retryDelayMs(
  retriesSoFar: number,
  retryAfter: string | undefined,
  { policy, random, now }: { policy: RetryPolicy; random: Random; now: Date },
): number {
  const wishMs = parseRetryAfterMs(retryAfter, now);
  const ownMs = policy.baseDelayMs * 2 ** retriesSoFar * (0.5 + random() / 2);
  return Math.min(wishMs ?? ownMs, policy.maxDelayMs);
}

function parseRetryAfterMs(retryAfter: string | undefined, now: Date): number | undefined {
  if (retryAfter === undefined || retryAfter.trim() === '') {
    return undefined;
  }
  const seconds = Number(retryAfter);
  const delayMs = Number.isNaN(seconds) ? Date.parse(retryAfter) - now.getTime() : seconds * 1_000;
  return Number.isNaN(delayMs) ? undefined : Math.max(0, delayMs);
}

function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    // A name with several addresses fails with all their errors, and an empty message of its own.
    return describeError(error.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}
