import { isClean } from '../chaos/verdict.js';
import type { PlaceResults } from './results.js';

/** Whether no request failed that should not, no promise was broken, and all replicas ended with the same file. */
export function asPromised({ latency, throughput, timeline, failover }: PlaceResults): boolean {
  const clean = [timeline, failover].every(
    (run) =>
      run === undefined ||
      (isClean(run.result.verdict) && new Set(Object.values(run.result.logHashes)).size === 1),
  );
  const served = (latency?.result ?? []).every(({ errors, mismatches }) => errors + mismatches === 0);
  return clean && served && (throughput?.result ?? []).every(({ failures }) => failures === 0);
}
