// The experiments, one function each. Each starts systems of its own.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/cli/seeded-random.js';
import { lookups, trades } from '../bench/routes.js';
import { failovers } from '../chaos/failovers.js';
import { Session, type Outcome } from '../chaos/session.js';
import type { Target } from '../chaos/target.js';
import { fairWeather } from '../support/link.js';
import { stockNames } from '../measure/long-history.js';
import { HttpClient } from '../support/http.js';
import type { ClusterBody } from '../support/system.js';
import type { Laboratory } from './laboratory.js';
import {
  requestKinds,
  type Dot,
  type ExperimentName,
  type ExperimentResults,
  type FailoverResult,
  type HitRateRow,
  type LatencyRow,
  type ThroughputRow,
  type TimelineResult,
} from './results.js';
import type { Scale } from './scale.js';
import { zipf } from './zipf.js';

interface Experiment<Name extends ExperimentName> {
  readonly run: (laboratory: Laboratory) => Promise<ExperimentResults[Name]>;
  /** How long it measures, s; systems take a few seconds more to start. */
  readonly seconds: (scale: Scale) => number;
}

/** A cache that holds all stocks that are shipped. */
const largeCache = String(stockNames.length);

async function latency(laboratory: Laboratory): Promise<LatencyRow[]> {
  const rows: LatencyRow[] = [];
  for (const cached of [true, false]) {
    const settings = { CACHE_SIZE: cached ? largeCache : '0' };
    await laboratory.withSystem({ settings }, async ({ url }) => {
      // New processes are slow at first.
      await laboratory.sessions(url, 0.5);
      for (const probability of laboratory.scale.probabilities) {
        laboratory.progress.now(`latency: cache ${cached ? 'on' : 'off'}, p = ${probability}`);
        rows.push(await latencyRow(laboratory, url, cached, probability));
      }
    });
  }
  return rows;
}

async function latencyRow(
  laboratory: Laboratory,
  url: string,
  cached: boolean,
  probability: number,
): Promise<LatencyRow> {
  const { byKind, errors, mismatches } = await laboratory.sessions(url, probability);
  const entries = requestKinds.flatMap((kind) => {
    const { requests, latency: summary } = byKind[kind];
    return summary ? [[kind, { requests, meanMs: summary.meanMs, p95Ms: summary.p95Ms }] as const] : [];
  });
  return { cached, probability, byKind: Object.fromEntries(entries), errors, mismatches: mismatches.length };
}

async function hitRate(laboratory: Laboratory): Promise<HitRateRow[]> {
  const { catalogSize, cacheSizes, skews } = laboratory.scale;
  const catalog = Array.from({ length: catalogSize }, (_, index) => `Stock-${index + 1}`);
  const rows: HitRateRow[] = [];
  for (const cacheSize of cacheSizes) {
    const settings = { CACHE_SIZE: String(cacheSize) };
    await laboratory.withSystem({ settings, catalog }, async ({ url }) => {
      for (const skew of skews) {
        laboratory.progress.now(`hit rate: ${cacheSize} cached, skew ${skew}`);
        const draw = zipf(catalogSize, skew, seededRandom(1));
        const names = Array.from({ length: 20_000 }, () => catalog[draw()] as string);
        const before = await cacheUse(url);
        await laboratory.load(url, 8, lookups(names));
        const after = await cacheUse(url);
        const hits = after.hits - before.hits;
        rows.push({ cacheSize, skew, hitRate: hits / (hits + after.misses - before.misses) });
      }
    });
  }
  return rows;
}

async function cacheUse(url: string): Promise<ClusterBody['cache']> {
  const client = new HttpClient(url);
  const { json } = await client.send({ path: '/cluster' });
  client.close();
  return (json as { data: ClusterBody }).data.cache;
}

function throughput(laboratory: Laboratory): Promise<ThroughputRow[]> {
  return laboratory.withSystem({ settings: { CACHE_SIZE: largeCache } }, async ({ url }) => {
    const rows: ThroughputRow[] = [];
    for (const clients of laboratory.scale.clients) {
      laboratory.progress.now(`throughput: ${clients} clients`);
      const lookup = await laboratory.load(url, clients, lookups(stockNames));
      const trade = await laboratory.load(url, clients, trades(stockNames));
      rows.push({
        clients,
        lookupsPerSecond: lookup.requests / lookup.seconds,
        tradesPerSecond: trade.requests / trade.seconds,
        failures: [lookup, trade].reduce((sum, each) => sum + each.badStatuses + each.brokenConnections, 0),
      });
    }
    return rows;
  });
}

const timelineCalmMs = 3_000;
const timelineAwayMs = 4_000;
const timelineSeconds = 2 * (timelineCalmMs / 1_000) + timelineAwayMs / 1_000;

/** Few clients with pauses, so that each request is a dot that can be seen. */
function timeline(laboratory: Laboratory): Promise<TimelineResult> {
  return laboratory.withSystem({}, async (target) => {
    laboratory.progress.now('timeline');
    const session = await Session.begin(target, { seed: 1, clients: 5, thinkMs: 60, say: () => undefined });
    await session.inSync();
    await sleep(timelineCalmMs);
    const kill = { action: 'kill', services: ['leader'], links: [], followerIsHigher: false } as const;
    await session.faults.strike([{ ...kill, durationMs: timelineAwayMs, weather: fairWeather }]);
    await session.inSync();
    const caughtUpMs = performance.now();
    await sleep(timelineCalmMs);
    const outcome = await session.reckon();
    laboratory.progress.advance(timelineSeconds);
    return {
      ...(await reckoning(outcome, target)),
      dots: dotsOf(outcome),
      marks: marksOf(outcome, caughtUpMs),
    };
  });
}

function dotsOf({ load, startMs }: Outcome): Dot[] {
  return load.served.map(({ kind, sentMs, answeredMs, code }) => ({
    kind: kind === 're-post' ? 'order' : kind,
    atS: (sentMs - startMs) / 1_000,
    latencyMs: answeredMs - sentMs,
    failed: code === 0,
  }));
}

function marksOf({ faults, elections, startMs }: Outcome, caughtUpMs: number): TimelineResult['marks'] {
  const [fault] = faults;
  const elected = elections.find(({ atMs }) => fault !== undefined && atMs >= fault.fromMs);
  const times = [
    ['killed', fault?.fromMs],
    ['elected', elected?.atMs],
    ['restarted', fault?.untilMs],
    ['caught up', caughtUpMs],
  ] as const;
  return times.flatMap(([name, atMs]) =>
    atMs === undefined ? [] : [{ name, atS: (atMs - startMs) / 1_000 }],
  );
}

function failover(laboratory: Laboratory): Promise<FailoverResult> {
  const rounds = laboratory.scale.failovers;
  return laboratory.withSystem({}, async (target) => {
    laboratory.progress.now(`failover: ${rounds} kills, ${rounds} pauses`);
    const say = (text: string): void => {
      if (text.includes('kill') || text.includes('pause')) {
        laboratory.progress.advance(failoverSeconds / 2);
      }
    };
    const options = { seed: 1, clients: 28, thinkMs: 5, say };
    const outcome = await failovers(target, rounds, options, 0);
    const { kill: killsMs, pause: pausesMs } = outcome.silencesMs;
    return { ...(await reckoning(outcome, target)), killsMs, pausesMs };
  });
}

/** About what a kill and a pause take, with the time in between, s. */
const failoverSeconds = 7;

async function reckoning({ figures, load, verdict }: Outcome, target: Target) {
  const directory = await target.files();
  const names = ['order-1', 'order-2', 'order-3'];
  const hashes = await Promise.all(names.map((name) => hashOf(join(directory, name, 'orders.csv'))));
  return {
    acknowledged: figures.acknowledged,
    requests: load.served.length,
    unanswered: figures.unanswered,
    slowestMs: load.served.reduce((most, { sentMs, answeredMs }) => Math.max(most, answeredMs - sentMs), 0),
    verdict,
    logHashes: Object.fromEntries(names.map((name, index) => [name, hashes[index] as string])),
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export const experiments: { readonly [Name in ExperimentName]: Experiment<Name> } = {
  latency: {
    run: latency,
    seconds: ({ probabilities, seconds }) => 2 * (probabilities.length + 1) * seconds,
  },
  'hit-rate': {
    run: hitRate,
    seconds: ({ cacheSizes, skews, seconds }) => cacheSizes.length * skews.length * (seconds + 1),
  },
  throughput: { run: throughput, seconds: ({ clients, seconds }) => clients.length * 2 * (seconds + 1) },
  timeline: { run: timeline, seconds: () => timelineSeconds },
  failover: { run: failover, seconds: (scale) => scale.failovers * failoverSeconds },
};
