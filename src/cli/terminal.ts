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

/** Ends quietly when nobody reads our output any more, as after `| head -1`. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
      process.exit(process.exitCode);
    });
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

export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}
