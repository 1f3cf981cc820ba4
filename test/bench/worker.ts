import { BenchError } from './bench-error.js';
import type { Lab } from './lab.js';
import type { LoadResult } from './load.js';

/** Starts a script that puts a load on something, hands it a job, and waits for the result that it sends. */
export function askWorker(lab: Lab, script: string, job: object): Promise<LoadResult> {
  const child = lab.fork(script, [JSON.stringify(job)]);
  return new Promise((resolve, reject) => {
    let result: LoadResult | undefined;
    child.once('message', (message) => (result = message as LoadResult));
    child.once('exit', () =>
      result ? resolve(result) : reject(new BenchError(`The load generator ${script} brought no result.`)),
    );
  });
}
