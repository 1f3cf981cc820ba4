// What a command says on standard output, and what becomes of it where that cannot be written.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const standardOutput = 1;
/** How long to wait for a reader who is slower than we are, ms. */
const pipePauseMs = 5;
/** Longer results are not said again on standard error, where people read; all of these can be asked for again. */
const maxRepeatedLength = 10_000;

/** A result could not be said. The message has it. */
export class OutputLostError extends Error {
  /** Nobody reads it any more, as after `| head -1`, and nothing is lost with it: no reason to say anything. */
  readonly isHarmless: boolean;

  constructor(result: string, code: string, isHarmless: boolean) {
    const isShort = result.length <= maxRepeatedLength;
    super(
      `Standard output cannot be written (${code}). ${isShort ? `The result is:\n${result}` : 'The result is lost.'}`,
    );
    this.isHarmless = isHarmless;
  }
}

export interface PrintOptions {
  /** Whether it must be known to somebody, and cannot be asked for again. */
  readonly isUnrepeatable?: boolean;
}

/**
 * Says the result of a command, and ends the line.
 * @throws OutputLostError it could not be said, or not all of it
 */
export async function print(result: string, { isUnrepeatable = false }: PrintOptions = {}): Promise<void> {
  try {
    await writeAll(`${result}\n`);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new OutputLostError(result, code, code === 'EPIPE' && !isUnrepeatable);
  }
}

export function asJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}

export function printJson(value: unknown): Promise<void> {
  return print(asJson(value));
}

/** Not through `process.stdout`: for a file that one does not notice when only a part has been written. */
async function writeAll(text: string): Promise<void> {
  let rest: Uint8Array = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(standardOutput, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw error;
      }
      await sleep(pipePauseMs);
    }
  }
}
