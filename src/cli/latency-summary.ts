/** What a set of latencies looks like; all times in milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/**
 * Summarizes latencies. A percentile is a latency that was really measured (nearest rank), not one interpolated
 * between two: with few samples the tail is then never shown better than it was.
 * @param latenciesMs in any order; not changed
 * @returns undefined when there is nothing to summarize, as no number would be true
 */
export function summarizeLatencies(latenciesMs: readonly number[]): LatencySummary | undefined {
  if (latenciesMs.length === 0) {
    return undefined;
  }
  const sorted = Float64Array.from(latenciesMs).sort();
  const percentile = (percent: number) =>
    sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
  return {
    count: sorted.length,
    meanMs: sorted.reduce((sum, latencyMs) => sum + latencyMs, 0) / sorted.length,
    p50Ms: percentile(50),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
    maxMs: percentile(100),
  };
}
