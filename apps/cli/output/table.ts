import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { printable } from './printable.js';
import type { Colors } from './screen.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row, colors: Colors) => string;
  readonly align?: 'right';
  /**
   * Free text, which gives way first when the terminal is narrow: `wrap` continues on further lines and shows all of
   * it, `cut` keeps one line a row. Control characters are written out.
   */
  readonly text?: 'wrap' | 'cut';
  /** Left out where the terminal has no room for it; the last such column goes first. */
  readonly dispensable?: true;
}

const GAP = 2;
const NARROWEST = 8;
/** Free text that gets less than this is not worth its column; dispensable ones make room for it. */
const READABLE = 32;
/** Of a text that is cut, where the width has no limit. */
const LONGEST_CUT = 100;

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

/** The columns that fit into `total`, gaps included; what is not dispensable always stays. */
function fittingColumns(natural: readonly number[], columns: readonly Column<never>[], total: number): number[] {
  const shown = columns.map((_, i) => i);
  const needed = (i: number): number =>
    Math.min(natural[i] ?? 0, columns[i]?.text ? READABLE : Number.POSITIVE_INFINITY);
  const width = (): number => shown.reduce((sum, i) => sum + needed(i) + GAP, -GAP);
  for (let i = columns.length - 1; i >= 0 && width() > total; i -= 1)
    if (columns[i]?.dispensable) shown.splice(shown.indexOf(i), 1);
  return shown;
}

function cellText<Row>(column: Column<Row>, row: Row, colors: Colors): string {
  const content = column.cell(row, colors);
  if (column.text === undefined) return content;
  return printable(column.text === 'cut' ? content.replaceAll(/\s*\n\s*/g, ' ') : content);
}

/** A table without lines: a dim head, two spaces between columns, no wider than `width` terminal columns. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  colors: Colors,
  width: number,
): string[] {
  const all = rows.map((row) => columns.map((column) => cellText(column, row, colors)));
  const natural = columns.map((column, i) => {
    const content = Math.max(column.title.length, ...all.map((line) => widest(line[i] ?? '')));
    return column.text === 'cut' && width === Number.POSITIVE_INFINITY ? Math.min(content, LONGEST_CUT) : content;
  });
  const shown = fittingColumns(natural, columns, width);
  const pick = <T>(list: readonly T[]): T[] => list.filter((_, i) => shown.includes(i));
  const kept = pick(columns);
  const widths = fitWidths(
    pick(natural),
    kept.map((column) => column.text !== undefined),
    width - GAP * (kept.length - 1),
  );
  const drawn = new Table({
    head: kept.map((column) => colors.dim(column.title)),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
    colWidths: widths.map((w) => w + GAP),
    colAligns: kept.map((column) => (column.align === 'right' ? 'right' : 'left')),
    wrapOnWordBoundary: true,
  });
  const wraps = kept.map((column) => column.text !== 'cut');
  const cell = (content: string, i: number) =>
    wraps[i] ? { content: breakable(content, widths[i] ?? NARROWEST), wordWrap: true } : { content, wordWrap: false };
  drawn.push(...all.map((line) => pick(line).map(cell)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** Breaks words that are wider than a line, which would otherwise be cut. Coloured words are short, and left alone. */
function breakable(text: string, width: number): string {
  if (width === Number.POSITIVE_INFINITY || text.includes('\u001B')) return text;
  return text.replaceAll(/\S+/g, (word) => (word.length <= width ? word : chunks(word, width).join('\n')));
}

function chunks(word: string, width: number): string[] {
  return Array.from({ length: Math.ceil(word.length / width) }, (_, i) => word.slice(i * width, (i + 1) * width));
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
