import { createRequire } from 'node:module';
import type { Lab } from './lab.js';
import type { Generator, Load, LoadResult } from './load.js';
import { askWorker } from './worker.js';

/** What the process that runs autocannon is told. */
export interface AutocannonJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requestsPath: string;
  readonly first: number;
}

/** autocannon, in a process of its own for each load, as wrk is. */
export function autocannonGenerator(lab: Lab): Generator {
  const { version } = createRequire(import.meta.url)('autocannon/package.json') as { version: string };
  return { name: `autocannon ${version}`, run: (load) => runAutocannon(lab, load) };
}

function runAutocannon(lab: Lab, { url, connections, requests, seconds }: Load): Promise<LoadResult> {
  const { path: requestsPath, first } = requests;
  const job: AutocannonJob = { url, connections, seconds, requestsPath, first };
  return askWorker(lab, './autocannon-worker.js', job);
}
