import { SingleBar } from 'cli-progress';

/** How far a run is. */
export interface Progress {
  /** What is being done now. */
  readonly now: (what: string) => void;
  /** So many seconds of measuring are done. */
  readonly advance: (seconds: number) => void;
  /** A case is finished: a line for whoever reads a log. */
  readonly finished: (line: string) => void;
  readonly stop: () => void;
}

/**
 * A bar on standard error when a person is watching, else a line there for each finished case.
 * @param totalSeconds how long all measurements will take together
 */
export function startProgress(totalSeconds: number): Progress {
  if (!process.stderr.isTTY) {
    const nothing = (): void => undefined;
    return { now: nothing, advance: nothing, finished: (line) => console.error(line), stop: nothing };
  }
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {eta_formatted} left  {what}',
    stream: process.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 50,
    // Ctrl-C is ours: processes are to be ended first.
    gracefulExit: false,
  });
  bar.start(totalSeconds, 0, { what: 'starting' });
  return {
    now: (what) => bar.update({ what }),
    advance: (seconds) => bar.increment(seconds),
    finished: () => undefined,
    stop: () => bar.stop(),
  };
}
