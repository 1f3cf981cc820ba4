import type { Clock } from '../../shared/clock.js';
import type { Logger } from '../../shared/logger.js';
import { DatabaseAwayError } from './ledger-database.js';

const intervalMs = 500;

/** Tries until the database answers, and says once that it does not. Any other failure is passed on. */
export async function untilBack<T>(
  attempt: () => Promise<T>,
  clock: Clock,
  logger: Pick<Logger, 'warn' | 'info'>,
): Promise<T> {
  for (let said = ''; ;) {
    try {
      const result = await attempt();
      if (said) {
        logger.info('the database answers');
      }
      return result;
    } catch (error) {
      if (!(error instanceof DatabaseAwayError)) {
        throw error;
      }
      if (said !== error.message) {
        said = error.message;
        logger.warn(`waiting for the database: ${said}`);
      }
      await clock.sleep(intervalMs);
    }
  }
}
