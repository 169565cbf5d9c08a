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
    { title: 'TEXT', cell: (row: { text: string }) => row.text, flexible: true as const },
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
});
