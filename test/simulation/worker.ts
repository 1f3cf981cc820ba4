// One thread of a campaign: simulates the seeds that it is sent.
import { parentPort } from 'node:worker_threads';
import { simulate, simulateTwice } from './simulate.js';

/** What to do next. */
export interface Task {
  readonly seed: number;
  readonly twice: boolean;
}

parentPort?.on('message', ({ seed, twice }: Task) => {
  void (twice ? simulateTwice(seed) : simulate(seed)).then((outcome) => parentPort?.postMessage(outcome));
});
