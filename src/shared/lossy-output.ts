// Lines for people and for logs, which may be lost. What they tell of must go on where they cannot be written: the disk
// below is full, the terminal is gone, the reader of the pipe has ended. (A reader that lives and does not read holds up
// whoever writes, unless the pipe is one that does not block.)
import { writeSync } from 'node:fs';

const standardOutput = 1;

/** How long a line waits for room in a pipe, ms. Once one has waited in vain, the next ones do not. */
const pipePatienceMs = 100;

export interface LossyOutputOptions {
  /** @returns how many of the bytes were taken @throws Error with a code: none was */
  readonly write?: (bytes: Uint8Array) => number;
  /** Lines get through again: to say, by writing here, how many did not. */
  readonly onRoom: (lost: number, code: string) => void;
  /** Whoever read the lines is gone. */
  readonly onReaderGone?: () => void;
}

/** An output that never throws. It writes synchronously, so that the last words of a process that stops are not lost. */
export class LossyOutput {
  readonly #options: LossyOutputOptions;
  readonly #writeSome: (bytes: Uint8Array) => number;
  #lost = 0;
  #reason = '';
  /** Whether what stands there last has no end. */
  #isTorn = false;
  #isPipeStuck = false;

  /** Without `write` it is standard output. */
  constructor(options: LossyOutputOptions) {
    this.#options = options;
    this.#writeSome = options.write ?? ((bytes) => writeSync(standardOutput, bytes));
  }

  /** @param line with its end */
  write(line: string): void {
    if (this.#lost === 0 || this.#tellLoss()) {
      this.#writeAll(line);
    } else {
      this.#lost += 1;
    }
  }

  /** @returns whether that got through */
  #tellLoss(): boolean {
    const lost = this.#lost;
    this.#lost = 0;
    this.#options.onRoom(lost, this.#reason);
    const isThrough = this.#lost === 0;
    // That it could not be said is no line of its own.
    this.#lost = isThrough ? 0 : lost;
    return isThrough;
  }

  #writeAll(line: string): void {
    let rest: Uint8Array = Buffer.from(this.#isTorn ? `\n${line}` : line);
    const { length } = rest;
    try {
      while (rest.length > 0) {
        rest = rest.subarray(this.#writeWithPatience(rest));
      }
      this.#isTorn = false;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      this.#isTorn ||= rest.length < length;
      this.#lost += 1;
      this.#reason = code;
      if (code === 'EPIPE') {
        this.#options.onReaderGone?.();
      }
    }
  }

  #writeWithPatience(bytes: Uint8Array): number {
    for (let waitedMs = 0; ; waitedMs += 1) {
      try {
        const taken = this.#writeSome(bytes);
        this.#isPipeStuck = false;
        return taken;
      } catch (error) {
        const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!isFull || this.#isPipeStuck || waitedMs >= pipePatienceMs) {
          this.#isPipeStuck = isFull;
          throw error;
        }
        sleep(1);
      }
    }
  }
}

/** Synchronously, as the line is to be written. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, ms);
}
