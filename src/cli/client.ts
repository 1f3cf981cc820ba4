#!/usr/bin/env node
// `npm run client`: trades on an exchange and checks that it keeps its word. See --help.
import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { parseClientOptions } from './client-options.js';
import { formatReport } from './client-report.js';
import { ClientError, runClient } from './client-run.js';
import { isFlawless } from './client-summary.js';

/** @returns the exit status */
async function main(): Promise<number> {
  const options = parseClientOptions(process.argv.slice(2), Math.floor(Math.random() * 2 ** 32));
  let isStopped = false;
  // The first Ctrl-C ends the trading and checks what was ordered; the second one ends the client.
  process.once('SIGINT', () => {
    isStopped = true;
    console.error('\nNo more orders; checking those that were placed. Ctrl-C again to leave at once.');
  });
  const summary = await runClient(options, () => isStopped);
  if (options.json) {
    console.log(JSON.stringify(summary, undefined, 2));
  } else {
    const { host, sessions, requestsPerSession, tradeProbability, seed } = summary;
    console.log(
      `${host}: ${sessions} sessions of ${requestsPerSession} lookups, p ${tradeProbability}, seed ${seed}\n`,
    );
    console.log(formatReport(summary));
  }
  return isFlawless(summary) ? 0 : 1;
}

try {
  if (existsSync('.env')) {
    process.loadEnvFile(); // for FRONTEND_PORT, as npm start reads it
  }
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // It has printed what is wrong.
  } else if (error instanceof ClientError) {
    console.error(error.message);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
