// How commands talk to terminals and pipes.
import picocolors from 'picocolors';
import { exitCode } from './exit-codes.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether to colour, as https://no-color.org and FORCE_COLOR have it: never in a pipe unless that is asked for. */
export function wantsColour({ NO_COLOR, FORCE_COLOR, TERM }: Environment, isTerminal: boolean): boolean {
  if (NO_COLOR) {
    return false;
  }
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') {
    return !['0', 'false'].includes(FORCE_COLOR);
  }
  return isTerminal && TERM !== 'dumb';
}

export type Colours = ReturnType<typeof picocolors.createColors>;

/** The colours of standard output; they change nothing where there are to be none. */
export function coloursOfOutput(): Colours {
  return picocolors.createColors(wantsColour(process.env, process.stdout.isTTY));
}

/** Why what was printed without `print`, as help texts and by the tools, could not be written. */
let outputFailure: NodeJS.ErrnoException | undefined;

/**
 * Ends when standard output cannot be written: quietly when nobody reads it any more, as after `| head -1`. What cannot be
 * written on standard error is no reason to end.
 */
export function endWithOutput(): void {
  process.off('exit', sayOutputFailure).on('exit', sayOutputFailure);
  onOutputFailure(() => process.exit());
}

/** For tools that start systems, which must be stopped in any case: ends as on Ctrl-C, which they take care of. */
export function interruptWithOutput(): void {
  let isEnding = false;
  onOutputFailure(() => {
    if (!isEnding) {
      isEnding = true;
      process.emit('SIGINT');
    }
  });
}

function onOutputFailure(end: () => void): void {
  process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    outputFailure ??= error;
    end();
  });
  process.stderr.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      end();
    }
  });
}

function sayOutputFailure(): void {
  // Whoever ends at once after the last words does not live to see the event.
  const failure: NodeJS.ErrnoException | null = outputFailure ?? process.stdout.errored;
  if (failure && failure.code !== 'EPIPE') {
    console.error(`Standard output cannot be written (${failure.code}).`);
    process.exitCode = exitCode.outputLost;
  }
}

/** Ctrl-C ends the command, with what is to be known said, and the cursor shown again. */
export function endOnInterrupt(lastWords?: string): void {
  process.once('SIGINT', () => {
    if (process.stderr.isTTY) {
      process.stderr.write('\u001B[?25h');
    }
    if (lastWords !== undefined) {
      console.error(`\n${lastWords}`);
    }
    process.exit(exitCode.interrupted);
  });
}
