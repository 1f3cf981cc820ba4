import { isatty } from 'node:tty';
import pino from 'pino';
import type { Config } from './config.js';
import { LossyOutput } from './lossy-output.js';

export type Logger = pino.Logger;

type LogConfig = Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>;

/**
 * The process's logger: readable lines for people at a terminal, JSON lines for machines.
 * It writes synchronously, so that the last words of a process that stops are not lost. Where it cannot write, its lines are
 * lost, and nothing else.
 */
export async function createLogger(service: string, config: LogConfig): Promise<Logger> {
  const render = await renderer(config);
  const output = new LossyOutput({
    // Whatever the level: who wants errors alone may have lost some.
    onRoom: (lost, code) =>
      logger.child({}, { level: 'warn' }).warn({ lost, code }, 'lines of this log were lost'),
  });
  const options = { level: config.LOG_LEVEL, base: { service } };
  const logger = pino(options, { write: (line) => output.write(render(line)) });
  return logger;
}

/** What makes the line that is written of a line of JSON. */
async function renderer({ LOG_FORMAT: format }: LogConfig): Promise<(line: string) => string> {
  if (format === 'json' || (format === 'auto' && !isatty(1))) {
    return (line) => line;
  }
  const { default: pinoPretty } = await import('pino-pretty');
  return pinoPretty.prettyFactory({
    // What the text says anyway, or the line's prefix.
    ignore: 'pid,hostname,service,replica,term',
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
  });
}
