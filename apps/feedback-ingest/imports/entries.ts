import { canonicalJson } from '#domain/audit/canonical-json';
import {
  columnNames,
  type Delimiter,
  datasetFields,
  isHeader,
  logFields,
  looseHeader,
  type Renames,
  rowIdentity,
} from '#domain/feedback/csv';
import { type CsvRow, CsvRows } from '#domain/feedback/csv-rows';
import type { FileFormat } from '#domain/feedback/detect';
import { assertUsable, decodeObject, LARGEST_MESSAGE } from '#domain/feedback/message';
import { type FeedbackKind, type Fields, Rejected } from '#domain/feedback/record';
import { readJsonRecords } from './json-records.js';
import { type Line, readLines, withLineFeeds } from './lines.js';

/** One line, row or record of a source, not read yet. */
export interface Entry {
  readonly line: number;
  /** Its fields, and the content its id is made of. Throws Rejected. */
  read(): { fields: Fields; identity: Buffer };
}

function lineEntry(line: Line, kind: FeedbackKind): Entry {
  return {
    line: line.number,
    read: () => {
      if (line.bytes === null) throw tooLarge(line.length);
      const fields = decodeObject(line.bytes);
      return { fields, identity: kind === 'historical' ? Buffer.from(canonicalJson(fields)) : line.bytes };
    },
  };
}

/** A record that is an object already, like one the API has sent. */
export function objectEntry(line: number, fields: Fields): Entry {
  return {
    line,
    read: () => {
      assertUsable(fields);
      return { fields, identity: Buffer.from(canonicalJson(fields)) };
    },
  };
}

function rowEntry(
  line: number,
  columns: readonly string[],
  cells: readonly string[],
  kind: FeedbackKind,
  renames: Renames,
): Entry {
  return {
    line,
    read: () => {
      if (isHeader(columns, cells, renames)) throw new Rejected('header-row', null, 'the header is there again');
      const nul = cells.findIndex((cell) => cell.includes('\u0000'));
      if (nul >= 0) throw new Rejected('nul-character', columns[nul] ?? null, 'expected text without NUL characters');
      const broken = cells.findIndex((cell) => cell.includes('\uFFFD'));
      if (broken >= 0) throw new Rejected('not-utf8', columns[broken] ?? null, 'expected UTF-8');
      const fields = kind === 'dataset' ? datasetFields(columns, cells) : logFields(columns, cells);
      return { fields, identity: rowIdentity(columns, cells) };
    },
  };
}

function unclosedEntry({ line, column }: { line: number; column: number }, columns: readonly string[]): Entry {
  return {
    line,
    read: () => {
      const field = columns[column] ?? null;
      throw new Rejected(
        'unclosed-quote',
        field,
        `expected the quote that begins in ${field === null ? `column ${column + 1}` : `"${field}"`} to be closed at the end of the cell; only this line was left out`,
      );
    },
  };
}

const tooLarge = (length: number): Rejected =>
  new Rejected('too-large', null, `expected at most ${LARGEST_MESSAGE} bytes, got ${length}`);

async function* csvEntries(
  chunks: AsyncIterable<Buffer>,
  kind: FeedbackKind,
  delimiter: Delimiter,
  renames: Renames,
): AsyncGenerator<Entry> {
  const rows = new CsvRows(LARGEST_MESSAGE, delimiter);
  let columns: readonly string[] | null = null;
  const entriesOf = function* (read: Iterable<CsvRow>): Generator<Entry> {
    for (const row of read) {
      const { line } = row;
      if (row.kind === 'row') {
        if (columns === null) columns = columnNames(row.cells, renames);
        else yield rowEntry(line, columns, row.cells, kind, renames);
      } else if (row.kind === 'unclosed') {
        // A header with a stray quote is one all the same.
        if (columns === null) columns = looseHeader(row.text, delimiter, renames);
        else yield unclosedEntry(row, columns);
      } else {
        const { length } = row;
        yield {
          line,
          read: () => {
            throw tooLarge(length);
          },
        };
      }
    }
  };
  for await (const { number, bytes, length } of readLines(withLineFeeds(chunks), { blank: 'kept' }))
    yield* entriesOf(rows.push({ number, length, text: bytes?.toString('utf8') ?? null }));
  yield* entriesOf(rows.end());
}

/** The entries of a file in any format, as they come. */
export async function* readEntries(
  chunks: AsyncIterable<Buffer>,
  format: FileFormat,
  kind: FeedbackKind,
  delimiter: Delimiter = ',',
  renames: Renames = new Map(),
): AsyncGenerator<Entry> {
  if (format === 'csv') {
    yield* csvEntries(chunks, kind, delimiter, renames);
    return;
  }
  const lines = format === 'json' ? readJsonRecords(chunks) : readLines(chunks);
  for await (const line of lines) yield lineEntry(line, kind);
}
