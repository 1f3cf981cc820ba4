import pino from 'pino';
import type { Config } from './config.js';

export type Logger = pino.Logger;

/**
 * The process's logger: readable lines for people at a terminal, JSON lines for machines.
 * It writes synchronously, so that the last words of a process that stops are not lost.
 */
export async function createLogger(
  service: string,
  config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>,
): Promise<Logger> {
  const options = { level: config.LOG_LEVEL, base: { service } };
  const pretty = config.LOG_FORMAT === 'pretty' || (config.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  if (!pretty) {
    return pino(options, pino.destination({ sync: true }));
  }
  const { default: pinoPretty } = await import('pino-pretty');
  return pino(
    options,
    pinoPretty({
      sync: true,
      // What the text says anyway, or the line's prefix.
      ignore: 'pid,hostname,service,replica,term',
      singleLine: true,
      translateTime: 'HH:MM:ss.l',
    }),
  );
}
