import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Outcome {
  /** Undefined: it runs, and has said that it is ready. */
  readonly exitCode: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Waits until a service has stopped, or says that it is ready. */
export async function outcome(child: ChildProcess, withinMs = 10_000): Promise<Outcome> {
  const startMs = performance.now();
  let stdout = '';
  let stderr = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`neither ready nor stopped: ${stdout}${stderr}`)),
      withinMs,
    );
    const settle = (exitCode: number | null | undefined) => {
      clearTimeout(timer);
      resolve({ exitCode, stdout, stderr, tookMs: performance.now() - startMs });
    };
    child.stderr?.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.stdout?.on('data', (text: Buffer) => {
      stdout += text.toString();
      if (/ ready on /.test(stdout)) {
        settle(undefined);
      }
    });
    child.on('close', (exitCode) => settle(exitCode));
  });
}

/** All files below a directory with their contents, for comparison. */
export async function contents(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.sort().map(async (file) => [file, await readFile(file, 'latin1')] as const),
  );
  return Object.fromEntries(texts);
}
