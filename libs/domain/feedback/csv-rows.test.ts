import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, CsvRows } from './csv-rows.js';

const LONGEST = 100_000;

function read(text: string): CsvRow[] {
  const rows = new CsvRows(LONGEST);
  const lines = text.split('\n').map((line, i) => ({ number: i + 1, text: line, length: line.length }));
  return [...lines.flatMap((line) => [...rows.push(line)]), ...rows.end()];
}

const HEADER = 'task_id,action_attempted,result,note,timestamp';
const good = (n: number): string => `task-${n},forum,success,plain,2026-01-04T09:00:00Z`;
/** A file of rows 1 … `count`, some of them replaced; row n is on line n + 1. */
const file = (count: number, replaced: Record<number, string>, end = '\n'): string =>
  [HEADER, ...Array.from({ length: count }, (_, i) => replaced[i + 1] ?? good(i + 1)), ''].join(end);

const taken = (rows: readonly CsvRow[]): string[] =>
  rows.flatMap((row) => (row.kind === 'row' ? [row.cells[0] ?? ''] : [])).slice(1);
const left = (rows: readonly CsvRow[]): [number, string][] =>
  rows.flatMap((row) => (row.kind === 'row' ? [] : [[row.line, row.kind] satisfies [number, string]]));
const names = (count: number, without: readonly number[]): string[] =>
  Array.from({ length: count }, (_, i) => i + 1)
    .filter((n) => !without.includes(n))
    .map((n) => `task-${n}`);

describe('a quote that somebody forgot to close', () => {
  const open = (n: number): string => `task-${n},forum,success,"half a note,2026-01-04T09:00:00Z`;
  const closes = (n: number): string => `task-${n},forum,success,half a note",2026-01-04T09:00:00Z`;
  const quoted = (n: number): string => `task-${n},forum,success,"a note, ""whole"" one",2026-01-04T09:00:00Z`;

  it.each<[string, Record<number, string>, number[]]>([
    ['in row 101 of 5,000', { 101: open(101) }, [101]],
    ['in the last row', { 5000: open(5000) }, [5000]],
    ['in the first row', { 1: open(1) }, [1]],
    ['in every tenth row', Object.fromEntries([10, 20, 30, 40].map((n) => [n, open(n)])), [10, 20, 30, 40]],
    ['in two rows, one after the other', { 7: open(7), 8: open(8) }, [7, 8]],
    ['in the first column', { 9: `"task-9,forum,success,x,2026-01-04T09:00:00Z` }, [9]],
    ['in the last column', { 9: 'task-9,forum,success,x,"2026-01-04T09:00:00Z' }, [9]],
    ['before rows with whole quotes', { 101: open(101), 102: quoted(102), 4000: quoted(4000) }, [101]],
    ['closed again 4,000 rows later, in the same column', { 101: open(101), 4101: closes(4101) }, [101]],
    ['closed again in the next row', { 101: open(101), 102: closes(102) }, [101]],
    ['closed again two rows later', { 101: open(101), 103: closes(103) }, [101]],
  ])('%s: costs its row alone', (_, replaced, without) => {
    for (const end of ['\n', '\r\n']) {
      const rows = read(file(5000, replaced, end));
      expect(left(rows)).toEqual(without.map((n) => [n + 1, 'unclosed']));
      expect(taken(rows)).toEqual(names(5000, without));
    }
  });

  it('names the column', () => {
    expect(read(file(3, { 2: open(2) })).find(({ kind }) => kind === 'unclosed')).toMatchObject({ line: 3, column: 3 });
  });

  it('does not hold more than is allowed, nor read anything many times', () => {
    // No line of it looks like a record, so that only the size tells.
    const text = file(3, { 2: `task-2,forum,success,"${'x'.repeat(99)}\n${`${'y'.repeat(99)}\n`.repeat(3000)}z` });
    const rows = read(text);
    expect(left(rows)).toEqual([[3, 'unclosed']]);
    expect(taken(rows).filter((name) => name.startsWith('task-'))).toEqual(['task-1', 'task-3']);
  });
});

describe('what a quote may hold', () => {
  const noted = (note: string): string => `task-2,forum,success,"${note}",2026-01-04T09:00:00Z`;

  it.each([
    ['a line end', 'one\ntwo'],
    ['line ends of Windows', 'one\r\ntwo'],
    ['blank lines', 'one\n\n\ntwo'],
    ['many lines', 'a line of prose, with a comma\n'.repeat(300)],
    ['quotes', 'she said ""no"", twice\n""again""'],
    ['an object in lines', '{\n  ""da"": 1,\n  ""pa"": 2\n}'],
    ['nothing', ''],
    ['a quote only', '""'],
  ])('%s', (_, note) => {
    const rows = read(file(3, { 2: noted(note) }));
    expect(left(rows)).toEqual([]);
    const row = rows[2];
    expect(row).toMatchObject({ kind: 'row', line: 3 });
    expect(row?.kind === 'row' && row.cells[3]).toBe(note.replaceAll('""', '"'));
    expect(taken(rows)).toEqual(names(3, []));
  });

  it.each([
    ['a quote in the middle of a cell', 'task-2,forum,success,5" pipe,x', '5" pipe'],
    ['a cell in quotes with more after them', 'task-2,forum,success,"so" called,x', '"so" called'],
    ['white space before a quote', 'task-2,forum,success, "note",x', ' "note"'],
  ])('%s is text', (_, line, note) => {
    const row = read(file(3, { 2: line }))[2];
    expect(row?.kind === 'row' && row.cells[3]).toBe(note);
  });
});

it('reads what is well written as csv-parse does', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('a,b', 'say "hi"', 'two\nlines', ' x ', '""', 'ü€𝄞', 'a\r\nb'),
  );
  const written = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell, cell, cell), { maxLength: 20 }), (table) => {
      const text = [HEADER, ...table.map((row) => row.map(written).join(','))].join('\n');
      const expected = parse(text, { relax_quotes: true, relax_column_count: true, record_delimiter: '\n' });
      expect(read(text).flatMap((row) => (row.kind === 'row' ? [row.cells] : [[`line ${row.line}`]]))).toEqual(
        expected,
      );
    }),
    { seed: Number(process.env.RATCHET_SEED ?? 1) },
  );
});
