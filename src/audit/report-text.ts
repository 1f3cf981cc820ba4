// A report as text for people. Pure: returns the text, prints nothing.
import type { Finding, FindingKind } from './finding.js';
import type { ReplicaReport, Report } from './report.js';
import type { StockSum } from './stock-sums.js';

const maxShown = 20;

/** The whole report, ready to print. The last line is the verdict. */
export function formatReport(report: Report): string {
  const { dataDirectory, url, findings, unchecked, notes } = report;
  return [
    `${dataDirectory}, ${url ? `of the system that runs at ${url}` : 'no running system'}`,
    '',
    ...formatTable([
      ['replica', 'role', 'term', 'last number', 'rows', 'state', 'SHA-256 of orders.csv'],
      ...report.replicas.map(replicaRow),
    ]),
    '',
    ...formatTable([
      ['ledger', 'leader', 'term', 'last number', 'trades', 'refusals', 'rows', 'SHA-256 of journal.csv'],
      ledgerRow(report),
    ]),
    '',
    ...formatStocks(report),
    '',
    `gaps ${count(findings, 'gap')}, differences ${count(findings, 'difference')}, ` +
      `keys twice ${count(findings, 'key twice')}, wrong stock sums ${count(findings, 'stock sum')}, ` +
      `negative stocks ${count(findings, 'negative stock')}, damaged files ${count(findings, 'damage')}`,
    ...shown(notes.map((note) => `note: ${note}`)),
    ...shown(unchecked.map((text) => `not checked: ${text}`)),
    ...shown(findings.map(({ kind, text }) => `${kind}: ${text}`)),
    verdict(report),
  ].join('\n');
}

function replicaRow(replica: ReplicaReport): string[] {
  const { name, role, term, lastNumber, rows, sha256 } = replica;
  return [
    name,
    role ?? '-',
    ...[term, lastNumber, rows].map(String),
    replicaState(replica),
    sha256 === '' ? '-' : sha256,
  ];
}

function replicaState({ file, differsAt, behind }: ReplicaReport): string {
  if (file !== 'intact') {
    return file;
  }
  if (differsAt !== undefined) {
    return 'differs';
  }
  if (behind === undefined) {
    return 'intact';
  }
  return behind === 0 ? 'level' : `lags by ${behind}`;
}

function ledgerRow({ ledger }: Report): string[] {
  const { leaderId, term, lastNumber, trades, refusals, rows, file, sha256 } = ledger;
  return [
    file === 'intact' ? 'catalog' : `catalog (${file})`,
    leaderId === 0 ? '-' : `order-${leaderId}`,
    ...[term, lastNumber, trades, refusals, rows].map(String),
    sha256 === '' ? '-' : sha256,
  ];
}

/** The sums of all stocks if they are few, else of those that are wrong. */
function formatStocks({ stocks, stocksSeenNumber }: Report): string[] {
  if (stocksSeenNumber === undefined) {
    return ['stock sums: not checked'];
  }
  const listed = stocks.length <= maxShown ? stocks : stocks.filter(({ isRight }) => !isRight);
  const rows = listed.slice(0, maxShown).map(stockRow);
  const title = ['stock', 'initial', '+ sold', '- bought', '= expected', 'catalog.csv', ''];
  return [
    ...(rows.length > 0 ? formatTable([title, ...rows]) : []),
    `${stocks.filter(({ isRight }) => isRight).length} of ${stocks.length} stocks add up, ` +
      `with all trades up to ${stocksSeenNumber}, the last one that catalog.csv has seen`,
  ];
}

function stockRow({ name, initial, sold, bought, expected, found, isRight }: StockSum): string[] {
  const numbers = [initial, sold, bought, expected].map(String);
  return [name, ...numbers, String(found ?? '-'), isRight ? 'right' : 'WRONG'];
}

function count(findings: readonly Finding[], kind: FindingKind): number {
  return findings.filter((finding) => finding.kind === kind).length;
}

function shown(lines: readonly string[]): string[] {
  const rest = lines.length - maxShown;
  return [...lines.slice(0, maxShown), ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

function verdict({ verdict: outcome, findings, unchecked, replicas, ledger }: Report): string {
  if (outcome === 'wrong') {
    return `WRONG: ${findings.length} ${findings.length === 1 ? 'complaint' : 'complaints'}, see above.`;
  }
  if (outcome === 'unchecked') {
    return `NOT CHECKED: nothing is wrong with what could be read, but ${unchecked.length} files could not be.`;
  }
  const behind = replicas.filter((replica) => replica.behind).map(({ name }) => name);
  const where =
    behind.length === 0
      ? 'each in all three logs'
      : `and what the logs hold is the same (behind: ${behind.join(', ')})`;
  return `OK: ${ledger.lastNumber} trades without a gap, ${where}, and every stock adds up.`;
}

/** Aligns columns: texts to the left, numbers to the right. */
function formatTable(rows: readonly (readonly string[])[]): string[] {
  const [titles = [], ...body] = rows;
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = titles.map((_, column) => body.every((row) => /^[\d-]+$/.test(row[column] ?? '')));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
