import { SingleBar } from 'cli-progress';

/** How far the client is. */
export interface Progress {
  /** More to do than was known. */
  readonly grow: () => void;
  /** One thing done. */
  readonly advance: () => void;
  readonly stop: () => void;
}

/**
 * A bar on standard error when a person is watching. In a pipe or a log the library shows nothing by itself, which is
 * right: a bar is only noise there.
 * @param total things to do, as far as known at the start
 */
export function startProgress(total: number): Progress {
  const bar = new SingleBar({
    format: '{bar} {percentage} %  {value}/{total}  {eta_formatted} left',
    stream: process.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
    // Ctrl-C ends the trading but not the client, so the bar must not go by itself.
    gracefulExit: false,
  });
  bar.start(total, 0);
  return {
    grow: () => bar.setTotal(bar.getTotal() + 1),
    advance: () => bar.increment(),
    stop: () => bar.stop(),
  };
}
