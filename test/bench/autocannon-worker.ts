// One load by autocannon, in a process of its own; its argument is the job as JSON, its result goes to the parent.
import autocannon from 'autocannon';
import type { AutocannonJob } from './autocannon.js';
import { readRequests, type LoadResult, type Request } from './load.js';
import { latencyOf } from './statistics.js';

const job = JSON.parse(process.argv[2] ?? '') as AutocannonJob;
const requests = readRequests(job.requestsPath);
let turn = job.first;

/** All connections share one turn: autocannon would let each of them begin with the first request. */
function next(): Request {
  const request = requests[turn] as Request;
  turn = (turn + 1) % requests.length;
  return request;
}

async function run(): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const headers = { 'content-type': 'application/json' };
  const options = {
    url: job.url,
    connections: job.connections,
    duration: job.seconds,
    requests: [{ setupRequest: (request: object) => ({ ...request, headers, ...next() }) }],
  };
  const { non2xx, errors, duration } = await new Promise<autocannon.Result>((resolve, reject) => {
    const load = autocannon(options, (error: unknown, result) => {
      if (error instanceof Error) {
        reject(error);
      } else {
        resolve(result);
      }
    });
    // Its own histogram counts whole milliseconds.
    load.on('response', (_client, _status, _bytes, responseMs) => latenciesMs.push(responseMs));
  });
  const { user, system } = process.cpuUsage();
  return {
    ...latencyOf(latenciesMs),
    requests: latenciesMs.length,
    seconds: duration,
    badStatuses: non2xx,
    brokenConnections: errors,
    cpuUs: user + system,
  };
}

const result = await run();
process.send?.(result, () => process.disconnect());
