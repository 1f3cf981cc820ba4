import type { Command } from 'commander';
import { parseConfig } from '../../shared/config.js';
import { Launcher } from '../launcher.js';

const explanation = `
Shows their logs, and starts again what dies. Ctrl-C stops everything, in order, and ends with 0.

Examples:
  stock start
  FRONTEND_PORT=9080 DATA_DIR=/tmp/exchange stock start

The settings come from the environment and from .env; .env.example lists them.`;

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Runs the five processes on this machine.')
    .addHelpText('after', explanation)
    .action(async () => {
      const config = parseConfig(process.env, 'launcher');
      if (config.TLS === 'mutual') {
        const { makeCertificates } = await import('../../certificates/make-certificates.js');
        await makeCertificates(config.TLS_DIR);
      }
      const launcher = new Launcher(config);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.on(signal, () => void launcher.stop(0));
      }
      await launcher.start();
    });
}
