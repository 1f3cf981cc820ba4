// Many seeds, on all cores.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { LedgerPlace } from './cluster.js';
import type { Outcome } from './simulate.js';
import type { Task } from './worker.js';

/** So many of the first seeds are run twice, and must do exactly the same again. */
export const seedsTwice = 20;

export interface Campaign {
  readonly from: number;
  readonly seeds: number;
  readonly place: LedgerPlace;
  /** Begins no other seed after one that failed. */
  readonly untilFailure: boolean;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Simulates the seeds `from` to `from + seeds - 1`, in no particular order; each outcome is told as it comes. */
export async function runCampaign({ from, seeds, place, untilFailure, onOutcome }: Campaign): Promise<void> {
  let next = from;
  let failed = false;
  const take = (): Task | undefined => {
    if (next >= from + seeds || (failed && untilFailure)) {
      return undefined;
    }
    const seed = next;
    next += 1;
    return { seed, twice: seed < from + seedsTwice, place };
  };
  const threads = Math.min(availableParallelism(), seeds);
  const onDone = (outcome: Outcome): void => {
    failed ||= outcome.violations.length > 0;
    onOutcome(outcome);
  };
  await Promise.all(Array.from({ length: threads }, () => runThread(take, onDone)));
}

function runThread(take: () => Task | undefined, onDone: (outcome: Outcome) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const task = take();
      if (task === undefined) {
        void worker.terminate().then(() => resolve());
      } else {
        worker.postMessage(task);
      }
    };
    worker.on('message', (outcome: Outcome) => {
      onDone(outcome);
      next();
    });
    worker.on('error', reject);
    next();
  });
}
