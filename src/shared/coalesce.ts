/**
 * Shares the runs of an expensive question. A caller never gets the result of a run that had started before its call:
 * whoever calls during a run waits for the next one, together with everybody else who does.
 */
export function coalesce<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function start(): Promise<T> {
    const current = run().finally(() => {
      running = undefined;
    });
    running = current;
    return current;
  }

  return () => {
    if (!running) {
      return start();
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return start();
      });
    return next;
  };
}
