import { describe, expect, it } from 'vitest';
import { jsonColumn, NULL, numberColumn, textColumn, timeColumn } from './text-format.js';

describe('columns of COPY', () => {
  it.each([
    [null, NULL],
    ['', ''],
    ['plain', 'plain'],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
    ['\\N', '\\\\N'],
    ['é 😀', 'é 😀'],
  ])('text %j', (value, expected) => {
    expect(textColumn(value)).toBe(expected);
  });

  it('numbers and JSON', () => {
    expect(numberColumn(null)).toBe(NULL);
    expect(numberColumn(-0.5)).toBe('-0.5');
    expect(jsonColumn(null)).toBe(NULL);
    expect(jsonColumn({ a: 'x"\n' })).toBe('{"a":"x\\\\"\\\\n"}');
  });

  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1_767_517_951_118_200, '2026-01-04T09:12:31.118200Z'],
    [1_767_517_951_000_001, '2026-01-04T09:12:31.000001Z'],
    [1_767_517_951_999_999, '2026-01-04T09:12:31.999999Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
  ])('time %d', (micros, expected) => {
    expect(timeColumn(micros)).toBe(expected);
  });
});
