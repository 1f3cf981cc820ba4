import type { Ledger } from '../ledger.js';
import { ActivityWatch, type ActivityLease, type ActivityParts } from './activity-lease.js';
import { checkCopy, followLedger } from './ledger-copy.js';
import { DatabaseAwayError, type DatabaseHead } from './ledger-database.js';

/** How long to wait before what is missing is asked for again, ms. */
const retryIntervalMs = 10;

/** Undefined instead of an error that ends when the database is back. */
async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof DatabaseAwayError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Stands by, with a copy of the ledger that is kept up to date, until this catalog is the active one.
 * @param begin makes the lease of a claim that was granted, see ActivityLease
 * @throws Error the copy is not what the database holds
 */
export async function standBy(
  { database, clock, leaseMs }: ActivityParts,
  ledger: Ledger,
  begin: (head: DatabaseHead, claimedMs: number) => ActivityLease,
): Promise<{ readonly head: DatabaseHead; readonly activity: ActivityLease }> {
  const watch = new ActivityWatch(leaseMs);
  for (;;) {
    const seen = await unlessAway(database.head());
    const claimedMs = clock.now();
    if (seen && watch.saw(seen, claimedMs)) {
      const head = await unlessAway(database.claim(seen));
      if (head) {
        const activity = begin(head, claimedMs);
        while (ledger.records < head.records) {
          await unlessAway(followLedger(database, ledger, head));
          await clock.sleep(retryIntervalMs);
        }
        checkCopy(ledger, head);
        return { head, activity };
      }
    } else if (seen) {
      await unlessAway(followLedger(database, ledger, seen));
    }
    await clock.sleep(watch.intervalMs);
  }
}
