import Table from 'cli-table3';

/** A table with frames, without colours of its own. @param right the columns that are aligned to the right */
export function drawTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const table = new Table({
    head: [...titles],
    colAligns: titles.map((title) => (right.includes(title) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
