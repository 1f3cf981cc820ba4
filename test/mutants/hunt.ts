// Simulates seeds until one shows a violation. In a process of its own, started by hunter.ts: the mutant is the code
// that is loaded here.
import type { LedgerPlace } from '../simulation/cluster.js';
import { simulate } from '../simulation/simulate.js';

/** Sent after each seed. */
export interface Hunted {
  readonly seed: number;
  readonly violations: readonly string[];
}

const seeds = Number(process.argv[2]);
const place = process.argv[3] as LedgerPlace;
for (let seed = 1; seed <= seeds; seed += 1) {
  const { violations } = await simulate(seed, false, undefined, place);
  process.send?.({ seed, violations } satisfies Hunted);
  if (violations.length > 0) {
    break;
  }
}
process.disconnect?.();
