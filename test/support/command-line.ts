// The `stock` command as a user starts it.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const stockEntry = fileURLToPath(new URL('../../src/cli/stock.js', import.meta.url));

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Where a command runs, and where it writes to. */
export interface Surroundings {
  /** Where its .env would be. */
  readonly cwd?: string;
  /** Null is a reader who is gone before the first word. */
  readonly stdout?: number | 'pipe' | null;
  readonly stderr?: number | 'pipe';
}

/** Runs it to its end, in pipes. @param environment what it knows beside PATH */
export async function runStock(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  { cwd = process.cwd(), stdout: out = 'pipe', stderr: err = 'pipe' }: Surroundings = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [stockEntry, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', out ?? 'pipe', err],
  });
  if (out === null) {
    child.stdout?.destroy();
  }
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const read = (stream: Readable | null) => (stream && !stream.destroyed ? text(stream) : '');
  const [stdout, stderr, status] = await Promise.all([read(child.stdout), read(child.stderr), exit]);
  return { stdout, stderr, status };
}
