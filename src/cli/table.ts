import type { Output } from './output.ts';

/** Rows under a head, in columns that are as wide as they must be. Columns of the names in `right` are numbers. */
export function printTable(
  output: Output,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): void {
  const table = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  for (const row of table) {
    const cells = row.map((cell, at) => {
      const width = widths[at] ?? 0;
      return right.has(head[at] ?? '') ? cell.padStart(width) : cell.padEnd(width);
    });
    output.line(cells.join('  ').trimEnd());
  }
}
