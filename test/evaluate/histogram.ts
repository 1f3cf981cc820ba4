/** How many times fall into each bin, from the one of the smallest to that of the largest. */
export function histogram(timesMs: readonly number[], widthMs: number): { fromMs: number; count: number }[] {
  const bins = timesMs.map((ms) => Math.floor(ms / widthMs));
  const first = Math.min(...bins);
  return Array.from({ length: Math.max(...bins) - first + 1 }, (_, index) => ({
    fromMs: (first + index) * widthMs,
    count: bins.filter((bin) => bin === first + index).length,
  }));
}
