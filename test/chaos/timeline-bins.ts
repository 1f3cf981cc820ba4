import type { Served } from './client.js';

const binMs = 100;
/** Where the logarithmic scale of latencies begins, ms. */
export const fastestMs = 1;

/** Seconds since the start, and a value. */
export type Point = [number, number | null];

export interface Bins {
  readonly orders: Point[];
  readonly reads: Point[];
  readonly medianMs: Point[];
  readonly worstMs: Point[];
}

/** Counts the answers of each tenth of a second, and sorts their latencies. */
export function fillBins(served: readonly Served[], startMs: number, endMs: number): Bins {
  const count = Math.ceil((endMs - startMs) / binMs);
  const orders = Array.from({ length: count }, (): number[] => []);
  const reads = Array.from({ length: count }, () => 0);
  for (const { kind, sentMs, answeredMs, code } of served) {
    const bin = Math.floor((answeredMs - startMs) / binMs);
    if (code === 0 || bin < 0 || bin >= count) {
      continue;
    }
    if (kind === 'order' || kind === 're-post') {
      orders[bin]?.push(answeredMs - sentMs);
    } else {
      reads[bin] = (reads[bin] ?? 0) + 1;
    }
  }
  orders.forEach((latencies) => latencies.sort((a, b) => a - b));
  const atS = (bin: number): number => (bin * binMs) / 1_000;
  // A bin without an answer has no latency: the line breaks there.
  const latency = (choose: (sorted: number[]) => number | undefined): Point[] =>
    orders.map((sorted, bin) => [
      atS(bin),
      sorted.length > 0 ? Math.max(fastestMs, choose(sorted) ?? 0) : null,
    ]);
  return {
    orders: orders.map((latencies, bin) => [atS(bin), (latencies.length * 1_000) / binMs]),
    reads: reads.map((number, bin) => [atS(bin), (number * 1_000) / binMs]),
    medianMs: latency((sorted) => sorted[Math.floor(sorted.length / 2)]),
    worstMs: latency((sorted) => sorted.at(-1)),
  };
}
