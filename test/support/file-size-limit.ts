import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why no file-size limit can be set here; undefined if one can. */
export async function reasonAgainstLimits(): Promise<string | undefined> {
  try {
    await run('prlimit', ['--version']);
    return undefined;
  } catch {
    return 'this needs the program prlimit';
  }
}

/**
 * No file of a running process can grow beyond this any more: to the process that is a full disk. The soft limit only,
 * so that it can be lifted again without being root.
 */
export async function limitFileSize(pid: number, bytes: number | 'unlimited'): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}
