// One run of chance: start, trouble, healing, judgement.
import { code } from '../../src/shared/answer-codes.js';
import type { FailpointName } from '../../src/shared/failpoint.js';
import type { Evidence } from '../checker/checker.js';
import type { Linearizability } from '../checker/linearizability.js';
import type { LedgerPlace } from './cluster.js';
import { Faults } from './faults.js';
import { play, Stage } from './stage.js';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly traceLines: readonly string[];
  readonly traceChecksum: number;
  readonly simulatedMs: number;
  readonly events: number;
  readonly acknowledged: number;
  readonly lookups: number;
  /** Undefined: the history is not complete, and was not checked. */
  readonly linearizability: Linearizability['verdict'] | undefined;
  readonly faults: ReadonlyMap<string, number>;
  /** How often each failpoint was passed, and how often a process was hit just there. */
  readonly passed: ReadonlyMap<FailpointName, number>;
  readonly struck: ReadonlyMap<FailpointName, number>;
}

async function runOfChance(stage: Stage, faults: Faults): Promise<void> {
  const { dice } = stage.world;
  // Some start into the trouble, others run smoothly first.
  const calmMs = dice.pick([0, 800, 1_500]);
  if (calmMs === 0) {
    faults.start();
  }
  stage.start();
  stage.trade(dice.pick([20, 80, 200]));
  await stage.pass(calmMs);
  if (calmMs > 0) {
    faults.start();
  }
  await stage.pass(dice.between(3_000, 10_000));
  faults.stop();
  await stage.finish();
}

/** @param onEvidence is given what the run is judged by */
export async function simulate(
  seed: number,
  keepsTrace = false,
  onEvidence: (evidence: Evidence) => void = () => undefined,
  place: LedgerPlace = 'files',
): Promise<Outcome> {
  const stage = new Stage(seed, keepsTrace, place);
  const { world } = stage;
  world.hasStrangers = world.dice.chance(0.3);
  const faults = new Faults(world, stage.cluster);
  const failures = await play(stage, () => runOfChance(stage, faults));
  if (stage.evidence) {
    onEvidence(stage.evidence);
  }
  const { history, trace, timeline, ambush } = world;
  const executed = history.posts.filter((posted) => posted.code === code.ok);
  return {
    seed,
    violations: [...history.violations, ...failures],
    traceLines: trace.lines,
    traceChecksum: trace.checksum,
    simulatedMs: timeline.nowMs,
    events: timeline.events,
    acknowledged: new Set(executed.map(({ key }) => key)).size,
    lookups: history.lookups.length,
    linearizability: stage.linearizability,
    faults: faults.counts,
    passed: ambush.passed,
    struck: ambush.struck,
  };
}

/** The same seed must give the same run, down to every event: else a replay would show something else. */
export async function simulateTwice(seed: number, place: LedgerPlace = 'files'): Promise<Outcome> {
  const first = await simulate(seed, false, undefined, place);
  const second = await simulate(seed, false, undefined, place);
  const isSame = first.traceChecksum === second.traceChecksum && first.events === second.events;
  return isSame ? first : { ...first, violations: [...first.violations, 'the same seed gave another run'] };
}
