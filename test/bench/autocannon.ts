import { createRequire } from 'node:module';
import { BenchError } from './bench-error.js';
import type { Lab } from './lab.js';
import type { Generator, Load, LoadResult } from './load.js';

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

/** Starts a script, hands it a job, and waits for the result that it sends. */
function askWorker(lab: Lab, script: string, job: object): Promise<LoadResult> {
  const child = lab.fork(script, [JSON.stringify(job)]);
  return new Promise((resolve, reject) => {
    let result: LoadResult | undefined;
    child.once('message', (message) => (result = message as LoadResult));
    child.once('exit', () =>
      result ? resolve(result) : reject(new BenchError(`The load generator ${script} brought no result.`)),
    );
  });
}
