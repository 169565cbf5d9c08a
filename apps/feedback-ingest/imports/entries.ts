import { parse } from 'csv-parse';
import { canonicalJson } from '#domain/feedback/canonical-json';
import { columnNames, datasetFields, isHeader, logFields, rowIdentity } from '#domain/feedback/csv';
import type { FileFormat } from '#domain/feedback/detect';
import { decodeObject, LARGEST_MESSAGE } from '#domain/feedback/message';
import { type FeedbackKind, type Fields, Rejected } from '#domain/feedback/record';
import { readJsonRecords } from './json-records.js';
import { type Line, readLines } from './lines.js';

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
      if (line.bytes === null)
        throw new Rejected('too-large', null, `expected at most ${LARGEST_MESSAGE} bytes, got ${line.length}`);
      const fields = decodeObject(line.bytes);
      return { fields, identity: kind === 'historical' ? Buffer.from(canonicalJson(fields)) : line.bytes };
    },
  };
}

/** A record that is an object already, like one the API has sent. */
export function objectEntry(line: number, fields: Fields): Entry {
  return { line, read: () => ({ fields, identity: Buffer.from(canonicalJson(fields)) }) };
}

function rowEntry(line: number, columns: readonly string[], cells: readonly string[], kind: FeedbackKind): Entry {
  return {
    line,
    read: () => {
      if (isHeader(columns, cells)) throw new Rejected('header-row', null, 'the header is there again');
      const nul = cells.findIndex((cell) => cell.includes('\u0000'));
      if (nul >= 0) throw new Rejected('nul-character', columns[nul] ?? null, 'expected text without NUL characters');
      const broken = cells.findIndex((cell) => cell.includes('\uFFFD'));
      if (broken >= 0) throw new Rejected('not-utf8', columns[broken] ?? null, 'expected UTF-8');
      const fields = kind === 'dataset' ? datasetFields(columns, cells) : logFields(columns, cells);
      return { fields, identity: rowIdentity(columns, cells) };
    },
  };
}

async function* csvEntries(chunks: AsyncIterable<Buffer>, kind: FeedbackKind): AsyncGenerator<Entry> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LARGEST_MESSAGE,
    info: true,
  });
  const feeding = feed(chunks, parser);
  let columns: readonly string[] | null = null;
  try {
    for await (const row of parser) {
      const { record, info }: { record: string[]; info: { lines: number } } = row;
      if (columns === null) columns = columnNames(record);
      else yield rowEntry(info.lines, columns, record, kind);
    }
  } finally {
    parser.destroy();
    await feeding;
  }
}

/** Hands chunks to the parser as fast as it takes them; an error of the source becomes the parser's. */
async function feed(chunks: AsyncIterable<Buffer>, parser: ReturnType<typeof parse>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (parser.destroyed) return;
      if (!parser.write(chunk))
        await new Promise<void>((resolve) => {
          parser.once('drain', resolve);
          parser.once('close', resolve);
        });
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** The entries of a file in any format, as they come. */
export async function* readEntries(
  chunks: AsyncIterable<Buffer>,
  format: FileFormat,
  kind: FeedbackKind,
): AsyncGenerator<Entry> {
  if (format === 'csv') {
    yield* csvEntries(chunks, kind);
    return;
  }
  const lines = format === 'json' ? readJsonRecords(chunks) : readLines(chunks);
  for await (const line of lines) yield lineEntry(line, kind);
}
