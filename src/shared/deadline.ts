/**
 * Aborts after `ms`, but not before what has arrived until then has been read: a process that is late itself, because it
 * has too much to do, must not take others for dead whose answers wait for it.
 */
export function deadline(ms: number): AbortSignal {
  const over = new AbortController();
  setTimeout(() => afterReading(() => over.abort()), ms).unref();
  return over.signal;
}

/** Calls back when all that has arrived by now has been read, and what it set off in turn. */
function afterReading(callback: () => void): void {
  // Between the two the event loop polls all connections.
  setImmediate(() => setImmediate(callback));
}
