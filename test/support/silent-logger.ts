import type { Logger } from '../../src/shared/logger.js';

/** Keeps what was logged, for tests that look. */
export class SilentLogger implements Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> {
  readonly lines: string[] = [];
  readonly debug = this.#keep('debug');
  readonly info = this.#keep('info');
  readonly warn = this.#keep('warn');
  readonly error = this.#keep('error');

  #keep(level: string): (...args: unknown[]) => void {
    return (...args) => {
      this.lines.push(`${level}: ${args.filter((arg) => typeof arg === 'string').join(' ')}`);
    };
  }
}
