// The summary as text for people. Pure: returns the lines, prints nothing.
import { isFlawless, type ClientSummary, type KindSummary } from './client-summary.js';
import { requestKinds, type RequestKind } from './session.js';

const kindTitles: Readonly<Record<RequestKind, string>> = {
  lookup: 'look up',
  trade: 'trade',
  orderQuery: 'order query',
};

const maxMismatchesShown = 10;
const maxErrorsShown = 5;

/** The whole report, ready to print. */
export function formatReport(summary: ClientSummary): string {
  const { requests, durationMs, requestsPerSecond, ordersPlaced, ordersConfirmed, mismatches } = summary;
  const verdict = isFlawless(summary)
    ? 'OK: every order is as it was acknowledged.'
    : `FAILED: ${summary.errors} errors, ${mismatches.length} mismatches, ` +
      `${ordersPlaced - ordersConfirmed} orders not confirmed.`;
  return [
    ...formatTable([columnTitles, ...requestKinds.map((kind) => formatKind(kind, summary.byKind[kind]))]),
    '',
    `${requests} requests in ${(durationMs / 1_000).toFixed(2)} s (${requestsPerSecond.toFixed(0)}/s)`,
    `orders: ${ordersPlaced} placed, ${ordersConfirmed} confirmed, ${mismatches.length} mismatches`,
    ...requestKinds.flatMap((kind) => formatMessages(kind, summary.byKind[kind])),
    ...mismatches.slice(0, maxMismatchesShown).map((mismatch) => `mismatch: ${mismatch}`),
    ...formatRest(mismatches.length - maxMismatchesShown, 'mismatches'),
    verdict,
  ].join('\n');
}

const columnTitles = [
  'kind',
  'requests',
  'errors',
  'retries',
  'refusals',
  'mean ms',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'cache hits',
];

function formatKind(kind: RequestKind, { latency, cache, refusals, ...counts }: KindSummary): string[] {
  const refused = Object.values(refusals).reduce((total, times) => total + times, 0);
  const times = latency && [latency.meanMs, latency.p50Ms, latency.p95Ms, latency.p99Ms];
  return [
    kindTitles[kind],
    ...[counts.requests, counts.errors, counts.retries, refused].map(String),
    ...(times?.map((ms) => ms.toFixed(2)) ?? ['-', '-', '-', '-']),
    cache ? `${(cache.hitRate * 100).toFixed(1)} %` : '-',
  ];
}

function formatMessages(kind: RequestKind, { refusals, errorMessages }: KindSummary): string[] {
  const title = kindTitles[kind];
  const errors = Object.entries(errorMessages);
  return [
    ...Object.entries(refusals).map(([message, times]) => `${title} refused: ${message} (${times})`),
    ...errors.slice(0, maxErrorsShown).map(([message, times]) => `${title} error: ${message} (${times})`),
    ...formatRest(errors.length - maxErrorsShown, `other ${title} errors`),
  ];
}

function formatRest(count: number, what: string): string[] {
  return count > 0 ? [`… and ${count} ${what}`] : [];
}

/** Aligns columns: the first to the left, numbers to the right. */
function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = columnTitles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
