#!/usr/bin/env node
// The entry of `stock`: see --help, and docs/cli.md.
import { CommanderError } from 'commander';
import { loadEnvironmentFile } from './environment-file.js';
import { exitCode, exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { endWithReader, printJson } from './terminal.js';

function tell(error: unknown): void {
  if (error instanceof CommanderError) {
    return; // It has printed what is wrong.
  }
  const code = exitCodeOf(error);
  const { message, stack } = error as Error;
  console.error(code === exitCode.internal ? stack : message);
  if (process.argv.includes('--json')) {
    printJson({ error: { exitCode: code, message } });
  }
}

endWithReader();
try {
  loadEnvironmentFile('.env', process.env).forEach((warning) => console.error(warning));
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  tell(error);
}
