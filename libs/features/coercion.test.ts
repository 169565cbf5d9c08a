import { describe, expect, it } from 'vitest';
import { readBoolean, readCategory, readNumber, readText } from './coercion.js';

describe('reading raw values', () => {
  it.each([
    [31, 31],
    ['31', 31],
    [' 31.5 ', 31.5],
    ['+7', 7],
    ['.5', 0.5],
    ['5.', 5],
    ['-0', 0],
    [-0, 0],
    ['1e3', 1000],
    [true, 1],
    ['false', 0],
    ['', null],
    ['  ', null],
    ['n/a', null],
    ['0x10', null],
    ['Infinity', null],
    ['1_000', null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [1e39, null],
    ['-1e39', null],
    [null, null],
    [undefined, null],
    [[5], null],
    [{ value: 5 }, null],
  ])('number %o is %j', (value, expected) => expect(readNumber(value)).toBe(expected));

  it.each([
    [true, 1],
    [1, 1],
    ['1', 1],
    ['TRUE', 1],
    ['Yes', 1],
    [' on ', 1],
    ['1.0', 1],
    [false, 0],
    [0, 0],
    ['0', 0],
    ['no', 0],
    ['F', 0],
    ['-0', 0],
    [2, null],
    ['maybe', null],
    ['', null],
    [null, null],
    [[], null],
  ])('boolean %j is %j', (value, expected) => expect(readBoolean(value)).toBe(expected));

  it.each([
    ['forum', 'forum'],
    [' forum\t', 'forum'],
    ['Forum', 'Forum'],
    ['', null],
    [3, '3'],
    [false, 'false'],
    [null, null],
    [{ a: 1 }, null],
    ['\u00a0', '\u00a0'],
  ])('category %j is %j', (value, expected) => expect(readCategory(value)).toBe(expected));

  it('reads big integers', () => expect(readNumber(12n)).toBe(12));

  it('reads text of nothing as missing', () => expect(readText(Symbol.iterator)).toBeNull());
});
