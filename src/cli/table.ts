import Table from 'cli-table3';

/** The library measures and lays out every cell, which takes seconds for thousands of rows. */
const maxFramedRows = 1_000;

/**
 * A table with frames, without colours of its own; a very long one comes without frames, columns apart by tabs.
 * @param right the columns that are aligned to the right
 */
export function drawTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  if (rows.length > maxFramedRows) {
    return [titles, ...rows].map((row) => row.join('\t')).join('\n');
  }
  const table = new Table({
    head: [...titles],
    colAligns: titles.map((title) => (right.includes(title) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
