import type { Delimiter } from './csv.js';
import { sameShape } from './text-shape.js';

/** A line of a file as it is, without its line feed; `text` is null for one that is too long to be read. */
export interface CsvLine {
  readonly number: number;
  readonly text: string | null;
  readonly length: number;
}

/** `line` is where it begins. */
export type CsvRow =
  | { readonly kind: 'row'; readonly line: number; readonly cells: readonly string[] }
  /** A quote was opened in this column (counted from 0) and is not closed where a cell ends: the line is left out. */
  | { readonly kind: 'unclosed'; readonly line: number; readonly column: number; readonly text: string }
  | { readonly kind: 'too-large'; readonly line: number; readonly length: number };

/** A line taken apart as far as it goes. */
interface Parsed {
  readonly cells: string[];
  /** What the last cell has so far, where its quote is still open at the end of the line. */
  readonly open: string | null;
}

/** The record in hand, whose quote is open. */
interface Held {
  readonly lines: CsvLine[];
  length: number;
  cells: string[];
  open: string;
  /** The column whose quote was opened first. */
  readonly column: number;
  /** Lines after the first that would be records by themselves. */
  records: number;
}

/** With so many lines in one record of which most would be records by themselves, its quote is taken for a stray one. */
const ENOUGH_LINES = 16;
/** Prose has commas too; with fewer columns than this, a line must also begin like a record. */
const TELLING_COLUMNS = 4;

/**
 * CSV (RFC 4180) a line at a time: cells in quotes may hold commas, quotes and line ends; rows may be ragged; a quote that does not
 * begin a cell is text. What the format leaves open is where a quote ends that somebody forgot to close: a quote that is not
 * closed before a comma or a line end, that would take in more than `longest` bytes, or rows that look like records of their own,
 * costs its line alone; reading goes on with the next one. Holds one record.
 */
export class CsvRows {
  private held: Held | null = null;
  private columns: number | null = null;

  constructor(
    private readonly longest: number,
    private readonly delimiter: Delimiter = ',',
  ) {}

  *push(line: CsvLine): Generator<CsvRow> {
    const waiting = [line];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { row, again } = this.held === null ? this.begin(next) : this.goOn(this.held, next);
      // In their order, the first on top.
      for (const each of again.toReversed()) waiting.push(each);
      if (row !== null) yield row;
    }
  }

  /** What a quote that is open at the end of the file took in. */
  *end(): Generator<CsvRow> {
    while (this.held !== null) {
      const { row, again } = this.letGo(this.held, []);
      if (row !== null) yield row;
      for (const line of again) yield* this.push(line);
    }
  }

  private begin(line: CsvLine): Taken {
    const { number, text, length } = line;
    if (text === null) return done({ kind: 'too-large', line: number, length });
    if (/^\s*$/.test(text)) return NOTHING;
    const { cells, open } = parse(this.delimiter, text);
    if (open === null) return done(this.row(number, cells));
    this.held = { lines: [line], length, cells, open, column: cells.length, records: 0 };
    return NOTHING;
  }

  private goOn(held: Held, line: CsvLine): Taken {
    const { text, length } = line;
    held.length += length + 1;
    if (text === null || held.length > this.longest) return this.letGo(held, [line]);
    const rest = parse(this.delimiter, text, `${held.open}\n`);
    if (rest === null) return this.letGo(held, [line]);
    if (rest.open !== null) {
      held.lines.push(line);
      if (this.isRecord(text, held)) held.records++;
      held.cells = [...held.cells, ...rest.cells];
      held.open = rest.open;
      const after = held.lines.length - 1;
      return after >= ENOUGH_LINES && held.records > after / 2 ? this.letGo(held, []) : NOTHING;
    }
    const cells = [...held.cells, ...rest.cells];
    if (this.swallowed(held, text, cells.length)) return this.letGo(held, [line]);
    this.held = null;
    return done(this.row(held.lines[0]?.number ?? line.number, cells));
  }

  /** Whether the quote that this line closes was not meant to be open that long. */
  private swallowed(held: Held, last: string, columns: number): boolean {
    if (this.columns !== null && columns > this.columns) return true;
    const between = held.lines.length - 1;
    if (between > 0) return held.records > between / 2;
    // The end of a cell in the first column looks like the beginning of a row.
    return held.column > 0 && this.isRecord(last, held, true);
  }

  private isRecord(text: string, { lines }: Held, alike = false): boolean {
    const { cells, open } = parse(this.delimiter, text);
    if (this.columns === null || open !== null || cells.length !== this.columns) return false;
    if (!alike && this.columns >= TELLING_COLUMNS) return true;
    return sameShape(cells[0] ?? '', cellsOf(this.delimiter, lines[0]?.text ?? '')[0] ?? '');
  }

  /** Gives up the first line, and reads the others anew. */
  private letGo({ lines, column }: Held, more: readonly CsvLine[]): Taken {
    this.held = null;
    const [first, ...others] = lines;
    if (first === undefined) return NOTHING;
    const row: CsvRow = { kind: 'unclosed', line: first.number, column, text: first.text ?? '' };
    return { row, again: [...others, ...more] };
  }

  private row(line: number, cells: string[]): CsvRow {
    this.columns ??= cells.length;
    return { kind: 'row', line, cells };
  }
}

interface Taken {
  readonly row: CsvRow | null;
  readonly again: readonly CsvLine[];
}

const NOTHING: Taken = { row: null, again: [] };
const done = (row: CsvRow): Taken => ({ row, again: [] });

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);

/** The cells of a line as it stands alone, an open quote's among them. */
function cellsOf(delimiter: Delimiter, text: string): string[] {
  const { cells, open } = parse(delimiter, text);
  return open === null ? cells : [...cells, open];
}

function parse(delimiter: Delimiter, line: string): Parsed;
/** With `open`, the line goes on with a cell in quotes; null where its quote is closed in the middle of a cell. */
function parse(delimiter: Delimiter, line: string, open: string): Parsed | null;
function parse(delimiter: Delimiter, line: string, open?: string): Parsed | null {
  const text = withoutReturn(line);
  const cells: string[] = [];
  if (open === undefined && !text.includes('"')) return { cells: text.split(delimiter), open: null };
  let at = 0;
  if (open !== undefined) {
    const close = closingQuote(text, 0);
    if (close < 0) return { cells, open: open + unescaped(line) };
    if (!endsCell(delimiter, text, close)) return null;
    cells.push(open + unescaped(text.slice(0, close)));
    at = close + 2;
    if (close + 1 === text.length) return { cells, open: null };
  }
  for (;;) {
    let from = at;
    if (text[at] === '"') {
      const close = closingQuote(text, at + 1);
      if (close < 0) return { cells, open: unescaped(line.slice(at + 1)) };
      if (endsCell(delimiter, text, close)) {
        cells.push(unescaped(text.slice(at + 1, close)));
        if (close + 1 === text.length) return { cells, open: null };
        at = close + 2;
        continue;
      }
      // Text that begins with a quote, whatever was meant by it.
      from = close + 1;
    }
    const comma = text.indexOf(delimiter, from);
    if (comma < 0) return { cells: [...cells, text.slice(at)], open: null };
    cells.push(text.slice(at, comma));
    at = comma + 1;
  }
}

const endsCell = (delimiter: Delimiter, text: string, close: number): boolean =>
  close + 1 === text.length || text[close + 1] === delimiter;

/** Where the quote is that closes what `from` is in; -1 if it is not in this text. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) if (text[at + 1] !== '"') return at;
  return -1;
}

const unescaped = (text: string): string => text.replaceAll('""', '"');
