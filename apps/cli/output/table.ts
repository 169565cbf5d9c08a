import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Colors } from './screen.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row, colors: Colors) => string;
  readonly align?: 'right';
  /** Gives way first when the terminal is narrow, by wrapping. */
  readonly flexible?: true;
}

const GAP = 2;
const NARROWEST = 8;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/**
 * Widths that fit into `total`: flexible columns shrink first, then the widest of the others, none below
 * {@link NARROWEST}. Columns that fit keep their width.
 */
export function fitWidths(natural: readonly number[], flexible: readonly boolean[], total: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) - total;
  for (const group of [true, false]) {
    while (excess > 0) {
      const candidates = widths.map((width, i) => (flexible[i] === group && width > NARROWEST ? width : 0));
      const widest = Math.max(0, ...candidates);
      if (widest === 0) break;
      const next = Math.max(NARROWEST, ...candidates.filter((width) => width < widest));
      const index = candidates.indexOf(widest);
      const cut = Math.max(1, Math.min(excess, widest - next));
      widths[index] = widest - cut;
      excess -= cut;
    }
  }
  return widths;
}

/** A table without lines: a dim head, two spaces between columns, cut to `width` terminal columns. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  colors: Colors,
  width: number,
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.cell(row, colors)));
  const natural = columns.map((column, i) =>
    Math.max(column.title.length, ...cells.map((line) => widest(line[i] ?? ''))),
  );
  const gaps = GAP * (columns.length - 1);
  const widths = fitWidths(
    natural,
    columns.map((column) => column.flexible === true),
    width - gaps,
  );
  const drawn = new Table({
    head: columns.map((column) => colors.dim(column.title)),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
    colWidths: widths.map((w) => w + GAP),
    colAligns: columns.map((column) => (column.align === 'right' ? 'right' : 'left')),
    wordWrap: true,
    wrapOnWordBoundary: true,
  });
  drawn.push(...cells);
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function widest(text: string): number {
  return Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
}

/** Name and value, one a line, values aligned. */
export function facts(pairs: readonly (readonly [string, string])[], colors: Colors): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${colors.dim(name.padEnd(width))}  ${value}`);
}
