// One leader after the other is killed and paused under load, and then followers are paused: how long do clients wait?
import { setTimeout as sleep } from 'node:timers/promises';
import { summarizeLatencies, type LatencySummary } from '../../src/cli/latency-summary.js';
import { fairWeather } from '../support/link.js';
import type { Election } from './elections.js';
import type { FaultRecord } from './faults.js';
import { aftermathMs, decisionTimes, longestSilenceMs, rate } from './figures.js';
import type { Action, PlannedFault, Role } from './plan.js';
import { alignColumns } from './report.js';
import { Session, type Outcome, type SessionOptions } from './session.js';
import type { Target } from './target.js';

/** How long a killed leader stays away, and a paused one asleep, ms: longer than it takes to replace it. */
const awayMs = 800;
const asleepMs = 2_000;
/** Load without a fault before each one, ms. */
const calmMs = 1_000;

const usualFollowerPauses = 5;
const followerAsleepMs = 3_000;
/** The rate before a follower's pause is taken over so long, ms. */
const beforeMs = 2_000;
/** After so long, ms, the leader must have stopped waiting for it. */
const boundMs = 500;

interface FollowerPause {
  readonly before: number;
  readonly during: number;
  /** The longest silence within the first half second, ms. */
  readonly waitMs: number;
}

export interface FailoverOutcome extends Outcome {
  /** The longest silence after each fault, ms. */
  readonly silencesMs: Readonly<Record<'kill' | 'pause', readonly number[]>>;
  readonly kills: LatencySummary | undefined;
  readonly pauses: LatencySummary | undefined;
  readonly followerPauses: readonly FollowerPause[];
  readonly unexplained: readonly Election[];
}

function fault(action: Action, role: Role, durationMs: number, followerIsHigher = false): PlannedFault {
  return { action, services: [role], links: [], durationMs, weather: fairWeather, followerIsHigher };
}

/** The system runs already. Before each fault all replicas are in sync. */
export async function failovers(
  target: Target,
  rounds: number,
  options: SessionOptions,
  followerPauses = usualFollowerPauses,
): Promise<FailoverOutcome> {
  const session = await Session.begin(target, options);
  const leaderFaults = [fault('kill', 'leader', awayMs), fault('pause', 'leader', asleepMs)];
  for (let round = 0; round < rounds; round += 1) {
    for (const each of leaderFaults) {
      await strikeWhenCalm(session, each, calmMs);
    }
  }
  for (let round = 0; round < followerPauses; round += 1) {
    await strikeWhenCalm(session, fault('pause', 'follower', followerAsleepMs, round % 2 === 0), beforeMs);
  }
  const outcome = await session.reckon();
  const { load, faults, elections } = outcome;
  const timesMs = decisionTimes(load.served);
  const silences = (action: Action): number[] =>
    faults
      .filter((each) => each.action === action && each.victim === 'leader')
      .map(({ fromMs, untilMs }) => longestSilenceMs(timesMs, fromMs, untilMs + aftermathMs));
  const silencesMs = { kill: silences('kill'), pause: silences('pause') };
  return {
    ...outcome,
    silencesMs,
    kills: summarizeLatencies(silencesMs.kill),
    pauses: summarizeLatencies(silencesMs.pause),
    followerPauses: measureFollowerPauses(timesMs, faults),
    unexplained: findUnexplained(elections, faults),
  };
}

async function strikeWhenCalm(session: Session, planned: PlannedFault, ms: number): Promise<void> {
  await session.inSync();
  await sleep(ms);
  await session.faults.strike([planned]);
}

function measureFollowerPauses(timesMs: readonly number[], faults: readonly FaultRecord[]): FollowerPause[] {
  return faults
    .filter(({ victim }) => victim === 'follower')
    .map(({ fromMs, untilMs }) => ({
      before: rate(timesMs, fromMs - beforeMs, fromMs),
      during: rate(timesMs, fromMs + boundMs, untilMs),
      waitMs: longestSilenceMs(timesMs, fromMs, fromMs + boundMs),
    }));
}

/** The elections for which there was no reason. The first one is needed, and one for each fault at a leader. */
export function findUnexplained(elections: readonly Election[], faults: readonly FaultRecord[]): Election[] {
  const reasons = faults.filter(({ victim }) => victim === 'leader');
  const used = new Set<FaultRecord>();
  return elections.slice(1).filter(({ atMs }) => {
    const reason = reasons.find(
      (each) => !used.has(each) && each.fromMs <= atMs && atMs <= each.untilMs + aftermathMs,
    );
    if (reason) {
      used.add(reason);
    }
    return !reason;
  });
}

/** The figures of this kind of run, to follow the table that all runs have. */
export function failoverTable(outcome: FailoverOutcome): string[] {
  const { kills, pauses, unexplained, startMs } = outcome;
  const row = (name: string, summary: LatencySummary | undefined): string[] => [
    name,
    ...(summary
      ? [summary.count, summary.p50Ms, summary.p99Ms, summary.maxMs].map((value) => value.toFixed(0))
      : []),
  ];
  const silences = alignColumns([
    ['longest silence', 'times', 'p50 ms', 'p99 ms', 'max ms'],
    row('leader killed', kills),
    row('leader paused', pauses),
  ]);
  const throughput = alignColumns([
    ['a follower pauses', 'orders/s before', 'during', 'longest wait ms'],
    ...outcome.followerPauses.map(({ before, during, waitMs }, index) => [
      `  ${index + 1}`,
      ...[before, during, waitMs].map((value) => value.toFixed(0)),
    ]),
  ]);
  const when = unexplained.map(
    ({ atMs, term }) => `term ${term} at ${((atMs - startMs) / 1_000).toFixed(1)} s`,
  );
  const elections = `elections that no fault explains: ${unexplained.length}${when.length > 0 ? ` (${when.join(', ')})` : ''}`;
  return [...silences, '', ...throughput, '', elections];
}
