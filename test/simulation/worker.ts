// One thread of a campaign: simulates the seeds that it is sent.
import { parentPort } from 'node:worker_threads';
import type { LedgerPlace } from './cluster.js';
import { simulate, simulateTwice } from './simulate.js';

/** What to do next. */
export interface Task {
  readonly seed: number;
  readonly twice: boolean;
  readonly place: LedgerPlace;
}

parentPort?.on('message', ({ seed, twice, place }: Task) => {
  const outcome = twice ? simulateTwice(seed, place) : simulate(seed, false, undefined, place);
  void outcome.then((told) => parentPort?.postMessage(told));
});
