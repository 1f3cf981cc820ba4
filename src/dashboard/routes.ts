// The routes that the page shows: one place, so that the key figure and the chart agree.
import type { Sample } from '../frontend/live/messages.js';

export const routes = [
  { route: 'GET /stocks/:name', title: 'lookups', style: 'lookup' },
  { route: 'POST /orders', title: 'orders', style: 'trade' },
  { route: 'GET /orders/:number', title: 'order queries', style: 'query' },
] as const;

/** All that the chart of the rates shows of a sample, and nothing else: not the catalog's invalidations, for one. */
export function requestsPerSecond(sample: Sample): number {
  const shown = new Set<string>(routes.map(({ route }) => route));
  return sample.routes
    .filter(({ route }) => shown.has(route))
    .reduce((sum, { perSecond }) => sum + perSecond, 0);
}
