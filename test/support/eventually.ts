import { setTimeout as delay } from 'node:timers/promises';

/**
 * Tries `check` until it no longer throws, and returns what it returned.
 * @param withinMs how long it may take; then its last error is thrown
 */
export async function eventually<T>(check: () => Promise<T> | T, withinMs = 10_000): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > endMs) {
        throw error;
      }
      await delay(20);
    }
  }
}
