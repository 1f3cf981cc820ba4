#!/usr/bin/env node
// The entry of `stock`: see --help, and docs/cli.md.
import { CommanderError } from 'commander';
import { loadEnvironmentFile } from './environment-file.js';
import { exitCode, exitCodeOf } from './exit-codes.js';
import { OutputLostError, printJson } from './output.js';
import { createProgram } from './program.js';
import { endWithOutput } from './terminal.js';

async function tell(failure: unknown): Promise<void> {
  if (failure instanceof CommanderError) {
    return; // It has printed what is wrong.
  }
  const code = exitCodeOf(failure);
  const { message, stack } = failure as Error;
  console.error(code === exitCode.internal ? stack : message);
  if (process.argv.includes('--json') && !(failure instanceof OutputLostError)) {
    // Where this cannot be said, the status and standard error have said it.
    await printJson({ error: { exitCode: code, message } }).catch(() => undefined);
  }
}

endWithOutput();
try {
  loadEnvironmentFile('.env', process.env).forEach((warning) => console.error(warning));
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof OutputLostError && error.isHarmless)) {
    process.exitCode = exitCodeOf(error);
    await tell(error);
  }
}
