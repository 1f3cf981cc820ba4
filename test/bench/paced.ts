// Load at a given rate, whatever the server makes of it: requests come when they are due, not when the one before has
// been answered, and their latencies count from then, so that waiting for a slow server is not left out ("coordinated
// omission").
//
// autocannon's `overallRate` is not that: it sends the requests of each second as fast as it can at the second's
// beginning, and corrects latencies as if one were due each millisecond, whatever the rate.
import type { Lab } from './lab.js';
import type { Generator } from './load.js';
import { askWorker } from './worker.js';

/** What the process that puts the load on is told. */
export interface PacedJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requestsPath: string;
  readonly first: number;
  readonly requestsPerSecond: number;
}

/** Sends so many requests per second. */
export function pacedGenerator(lab: Lab, requestsPerSecond: number): Generator {
  return {
    name: 'paced',
    run: ({ url, connections, seconds, requests }) => {
      const { path: requestsPath, first } = requests;
      const job: PacedJob = { url, connections, seconds, requestsPath, first, requestsPerSecond };
      return askWorker(lab, './paced-worker.js', job);
    },
  };
}
