// Rates and latencies from counters that only grow, as a Prometheus server would compute them.
import type { RouteRate } from './messages.js';

/** The requests to a route so far. */
export interface RouteCounts {
  /** Like `GET /stocks/:name`. */
  readonly route: string;
  /** How many took at most `upToS` seconds; the last one is all of them. */
  readonly buckets: readonly { readonly upToS: number; readonly count: number }[];
}

type Buckets = RouteCounts['buckets'];

function since(before: Buckets | undefined, now: Buckets): Buckets {
  return now.map(({ upToS, count }, index) => ({ upToS, count: count - (before?.[index]?.count ?? 0) }));
}

/**
 * The latency, ms, that a share of the requests did not exceed: linear within its bucket. What is beyond the last bound
 * counts as that bound.
 */
function quantileMs(buckets: Buckets, share: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) {
    return undefined;
  }
  const index = buckets.findIndex(({ count }) => count >= share * total);
  const below = buckets[index - 1] ?? { upToS: 0, count: 0 };
  const own = buckets[index] ?? below;
  if (!Number.isFinite(own.upToS)) {
    return below.upToS * 1_000;
  }
  const part = (share * total - below.count) / (own.count - below.count);
  return (below.upToS + part * (own.upToS - below.upToS)) * 1_000;
}

/** What happened between two counts that are `seconds` apart. Routes that nobody has asked for are left out. */
export function routeRates(
  before: readonly RouteCounts[],
  now: readonly RouteCounts[],
  seconds: number,
): RouteRate[] {
  return now.map(({ route, buckets }) => {
    const fresh = since(before.find((earlier) => earlier.route === route)?.buckets, buckets);
    const [p50Ms, p95Ms] = [quantileMs(fresh, 0.5), quantileMs(fresh, 0.95)];
    const perSecond = (fresh.at(-1)?.count ?? 0) / seconds;
    return { route, perSecond, ...(p50Ms !== undefined && { p50Ms }), ...(p95Ms !== undefined && { p95Ms }) };
  });
}
