import type { Logger } from './logger.js';

/**
 * For what is tried again at each interval: of failures in a row only the first is a warning, as else they would fill the
 * log for as long as a disk is full or a database away.
 * @param text what failed, and what becomes of it
 * @returns runs a turn; never rejects
 */
export function warnOnce(
  logger: Pick<Logger, 'debug' | 'warn'>,
  text: string,
): (turn: () => Promise<void>) => Promise<void> {
  let isFailing = false;
  return async (turn) => {
    try {
      await turn();
      isFailing = false;
    } catch (error) {
      logger[isFailing ? 'debug' : 'warn']({ err: error }, text);
      isFailing = true;
    }
  };
}
