import { existsSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ConfigError } from '../shared/config.js';

/**
 * Runs a command of the audit with the settings of `.env`, as npm start reads it, and sets the exit status.
 * @param main gives the exit status; 2 stands for bad arguments and settings
 */
export async function runCommand(main: () => Promise<number>): Promise<void> {
  try {
    if (existsSync('.env')) {
      process.loadEnvFile();
    }
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2; // It has printed what is wrong.
    } else if (error instanceof ConfigError) {
      console.error(error.message);
      process.exitCode = 2;
    } else {
      throw error;
    }
  }
}
