// A system before, during and after many times more orders than it can execute.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { memory } from '../bench/proc.js';
import { quantile } from '../bench/statistics.js';
import { HttpClient } from '../support/http.js';
import { serviceNames, type ServiceName, type System } from '../support/system.js';
import type { LoadJob, LoadResult } from './order-load.js';

export interface OverloadOptions {
  /** How long the overload lasts, s. */
  readonly seconds: number;
  /** How many times the measured capacity is due. */
  readonly times: number;
  /** Connections that send it. */
  readonly connections: number;
  /** Connections that give full load without being turned away. */
  readonly calmConnections: number;
  /** How long it is measured before and after, and how much of that does not count, s. */
  readonly calm: { readonly seconds: number; readonly warmUpSeconds: number };
  /** Whether clients that are turned away come back at once, instead of when Retry-After says. */
  readonly rude: boolean;
}

export interface OverloadFigures {
  /** Full load, without anybody being turned away. */
  readonly before: LoadResult;
  readonly during: LoadResult;
  /** From one second after the overload on. */
  readonly after: LoadResult;
  /** Lookups by somebody else meanwhile. */
  readonly lookups: { readonly answered: number; readonly failed: number; readonly p99Ms: number };
  /** Memory of each process when the overload had lasted for a quarter of its time, and at its end, MB. */
  readonly memoryMb: ReadonlyMap<ServiceName, readonly [early: number, late: number]>;
}

const lookupPauseMs = 20;

async function load(job: LoadJob): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('order-load-worker.js', import.meta.url)), [JSON.stringify(job)]);
  const [result] = (await once(child, 'message')) as [LoadResult];
  return result;
}

export async function overload(
  system: System,
  { seconds, times, connections, calmConnections, calm: calmTime, rude }: OverloadOptions,
): Promise<OverloadFigures> {
  const port = Number(system.environment.FRONTEND_PORT);
  const calm: LoadJob = {
    port,
    connections: calmConnections,
    ordersPerSecond: 0,
    ...calmTime,
  };
  const before = await load(calm);
  const ordersPerSecond = Math.round(before.accepted.perSecond * times);
  const stop = new AbortController();
  const lookups = lookUp(system.url, stop.signal);
  const early = delay(250 * seconds).then(() => memoryOf(system));
  const flood = { port, connections, seconds, ordersPerSecond, warmUpSeconds: 0, heedsRetryAfter: !rude };
  const during = await load(flood);
  const late = memoryOf(system);
  stop.abort();
  const after = await load(calm);
  const earlyMb = await early;
  return {
    before,
    during,
    after,
    lookups: await lookups,
    memoryMb: new Map(serviceNames.map((name) => [name, [earlyMb.get(name) ?? 0, late.get(name) ?? 0]])),
  };
}

function memoryOf(system: System): Map<ServiceName, number> {
  return new Map(
    serviceNames.map((name) => [name, memory(system.child(name)?.pid ?? 0)?.residentMb ?? Number.NaN]),
  );
}

/** One client who asks for a stock, again and again. */
async function lookUp(url: string, stop: AbortSignal): Promise<OverloadFigures['lookups']> {
  const client = new HttpClient(url);
  const latenciesMs: number[] = [];
  let failed = 0;
  while (!stop.aborted) {
    const sentMs = performance.now();
    const { status } = await client.send({ path: '/stocks/GameStart' });
    latenciesMs.push(performance.now() - sentMs);
    failed += status === 200 ? 0 : 1;
    await delay(lookupPauseMs);
  }
  client.close();
  const sorted = Float64Array.from(latenciesMs).sort();
  return { answered: sorted.length, failed, p99Ms: quantile(sorted, 0.99) };
}
