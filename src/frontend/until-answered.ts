import { code, message } from '../shared/answer-codes.js';
import type { Clock } from '../shared/clock.js';
import { ApiError } from './api-error.js';

/** How long to wait before the catalog is asked again, ms. */
const retryIntervalMs = 50;

/**
 * Asks the catalog again and again: while it restarts, clients wait and see no error.
 * @param ask throws when no answer came
 * @throws ApiError 503: none came in time
 */
export async function untilAnswered<T>(ask: () => Promise<T>, clock: Clock, budgetMs: number): Promise<T> {
  const endMs = clock.now() + budgetMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (clock.now() + retryIntervalMs > endMs) {
        throw new ApiError(code.unavailable, message.catalogDown, { cause: error });
      }
      await clock.sleep(retryIntervalMs);
    }
  }
}
