import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { fitWidths, table } from './table.js';

describe('fitWidths', () => {
  it.each([
    ['all fit', [10, 20], [false, true], 40, [10, 20]],
    ['the flexible one gives way', [10, 60], [false, true], 40, [10, 30]],
    ['then the widest of the others', [30, 20, 40], [false, false, true], 48, [20, 20, 8]],
    ['never below eight', [20, 40], [false, true], 10, [8, 8]],
    ['unlimited', [10, 500], [false, true], Number.POSITIVE_INFINITY, [10, 500]],
  ])('%s', (_, natural, flexible, total, widths) => {
    expect(fitWidths(natural, flexible, total)).toEqual(widths);
  });
});

describe('table', () => {
  const rows = [{ name: 'one', text: 'a sentence that is rather long for a narrow terminal' }];
  const columns = [
    { title: 'NAME', cell: (row: { name: string }) => row.name },
    { title: 'TEXT', cell: (row: { text: string }) => row.text, text: 'wrap' as const },
  ];

  it('keeps every line within the width and loses no word', () => {
    const lines = table(rows, columns, createColors(false), 30);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(lines.join(' ').split(/\s+/)).toEqual(
      expect.arrayContaining('a sentence that is rather long for a narrow terminal'.split(' ')),
    );
  });

  it('is one line a row where there is no limit', () => {
    expect(table(rows, columns, createColors(false), Number.POSITIVE_INFINITY)).toEqual([
      'NAME  TEXT',
      'one   a sentence that is rather long for a narrow terminal',
    ]);
  });

  it('cuts what is to stay on one line, to the room there is', () => {
    const cut = [columns[0], { title: 'TEXT', cell: (row: { text: string }) => row.text, text: 'cut' as const }];
    const short = table(
      rows,
      cut.flatMap((c) => c ?? []),
      createColors(false),
      30,
    );
    expect(short).toEqual(['NAME  TEXT', 'one   a sentence that is rath…']);
  });

  it('cuts a very long text where the width has no limit, too', () => {
    const long = [{ text: `${'x'.repeat(70)}\n${'y'.repeat(70)}` }];
    const column = { title: 'TEXT', cell: (row: { text: string }) => row.text, text: 'cut' as const };
    const [, line = ''] = table(long, [column], createColors(false), Number.POSITIVE_INFINITY);
    expect(line).toBe(`${'x'.repeat(70)} ${'y'.repeat(28)}…`);
  });

  it.each([
    [60, 'NAME  TEXT                                            HASH'],
    [44, 'NAME  TEXT'],
  ])('at %i columns leaves out what is dispensable rather than squeeze the text', (width, head) => {
    const hash = { title: 'HASH', cell: () => 'abcdef', dispensable: true as const };
    expect(table(rows, [...columns, hash], createColors(false), width)[0]).toBe(head);
  });

  it('breaks a word that is wider than its column', () => {
    const lines = table([{ name: 'one', text: `id ${'0123456789'.repeat(3)} end` }], columns, createColors(false), 22);
    expect(
      lines
        .slice(1)
        .join('')
        .replaceAll(/\s|one/g, ''),
    ).toBe(`id${'0123456789'.repeat(3)}end`);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(22);
  });

  it('writes control characters out', () => {
    const lines = table([{ name: 'one', text: 'a\u001B[2Jb' }], columns, createColors(false), 40);
    expect(lines[1]).toBe('one   a\\u001b[2Jb');
  });
});
