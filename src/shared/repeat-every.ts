import type { Clock } from './clock.js';

/** Takes a turn again and again, with a pause after each, until the signal aborts. */
export async function repeatEvery(
  pauseMs: number,
  turn: () => Promise<void>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await turn();
    await clock.sleep(pauseMs, signal);
  }
}
