import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchError } from './bench-error.js';
import type { Lab } from './lab.js';
import type { Generator, Load, LoadResult } from './load.js';
import { cpuTime } from './proc.js';

// The compiler leaves it where it is.
const script = fileURLToPath(new URL('../../../test/bench/requests.lua', import.meta.url));

/** Reads what requests.lua has written among wrk's own words; undefined if it did not come that far. */
export function parseWrkOutput(output: string): LoadResult | undefined {
  const [, json] = /^result (\{.*\})$/m.exec(output) ?? [];
  return json === undefined ? undefined : (JSON.parse(json) as LoadResult);
}

/** wrk; undefined where it is not installed. */
export function findWrk(lab: Lab): Generator | undefined {
  const { error, stdout } = spawnSync('wrk', ['--version'], { encoding: 'utf8' });
  if (error) {
    return undefined;
  }
  const [, version = ''] = /(\d+\.\d+\.\d+)/.exec(stdout) ?? [];
  return { name: `wrk ${version}`.trim(), run: (load) => runWrk(lab, load) };
}

async function runWrk(lab: Lab, { url, connections, requests, seconds }: Load): Promise<LoadResult> {
  const size = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s'];
  const args = [...size, '-s', script, url, '--', requests.path, String(requests.first)];
  const before = cpuTime('self');
  const child = lab.track(spawn('wrk', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const after = cpuTime('self');
  const result = parseWrkOutput(output);
  if (!result) {
    throw new BenchError(`wrk brought no result for ${url}.\n${output}`);
  }
  // Nothing else that was started ends during a measurement.
  return { ...result, cpuUs: before && after && after.endedChildrenUs - before.endedChildrenUs };
}
