import { describe, expect, it } from 'vitest';
import { BinaryRows } from './binary-rows.js';

/** The bytes of one row with one column. */
function column(write: (rows: BinaryRows) => void): string {
  const rows = new BinaryRows(1, 8);
  rows.begin();
  write(rows);
  return rows.bytes(0, 1).toString('hex');
}

const NULL = '0001ffffffff';

describe('columns of a binary COPY', () => {
  it.each([
    ['plain', Buffer.from('plain')],
    ['', Buffer.alloc(0)],
    ['a\tb\nc\\', Buffer.from('a\tb\nc\\')],
    ['é 😀', Buffer.from('é 😀')],
    ['ends with é', Buffer.from('ends with é')],
    ['x'.repeat(500), Buffer.from('x'.repeat(500))],
    ['ü'.repeat(500), Buffer.from('ü'.repeat(500))],
  ])('text %j', (value, bytes) => {
    const length = bytes.length.toString(16).padStart(8, '0');
    expect(column((rows) => rows.text(value))).toBe(`0001${length}${bytes.toString('hex')}`);
  });

  it.each([
    [0, '0000000000000000'],
    [1, '0000000000000001'],
    [-1, 'ffffffffffffffff'],
    [2 ** 32, '0000000100000000'],
    [-(2 ** 32) - 1, 'fffffffeffffffff'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
  ])('bigint %d', (value, hex) => {
    expect(column((rows) => rows.bigint(value))).toBe(`000100000008${hex}`);
  });

  it('counts microseconds from the year 2000', () => {
    expect(column((rows) => rows.timestamptz(Date.UTC(2000, 0, 1) * 1000 + 5))).toBe('0001000000080000000000000005');
    expect(column((rows) => rows.timestamptz(Date.UTC(2000, 0, 1) * 1000 - 1))).toBe('000100000008ffffffffffffffff');
  });

  it('writes ids in either case', () => {
    const hex = '33438dfc20a25b27989ce8838d7f022f';
    for (const id of ['33438dfc-20a2-5b27-989c-e8838d7f022f', '33438DFC-20A2-5B27-989C-E8838D7F022F'])
      expect(column((rows) => rows.uuid(id))).toBe(`000100000010${hex}`);
  });

  it('tells whether ids are distinct, and gives them in order', () => {
    const ids = ['33438dfc-20a2-5b27-989c-e8838d7f022f', 'ffffffff-0000-0000-0000-000000000000'];
    ids.push('00000000-0000-0000-0000-000000000001', '33438dfc-20a2-5b27-989c-e8838d7f022e');
    const rows = new BinaryRows(2);
    const add = (id: string): void => {
      rows.begin();
      rows.uuid(id);
      rows.text('x');
    };
    ids.forEach(add);
    expect(ids.map((_, i) => rows.firstUuid(i))).toEqual(ids);
    expect(rows.haveDistinctUuids()).toBe(true);
    const sorted = rows.sortedUuids();
    // By their first 32 bits; what is the same there stays as it was.
    expect(ids.map((_, i) => sorted.firstUuid(i))).toEqual([ids[2], ids[0], ids[3], ids[1]]);
    add(ids[0] ?? '');
    expect(rows.haveDistinctUuids()).toBe(false);
  });

  it('writes what others have by its bytes', () => {
    const bytes = Buffer.from('"é" 33438DFC-20A2-5B27-989C-E8838D7F022F');
    expect(column((rows) => rows.utf8(bytes, 1, 3))).toBe('000100000002c3a9');
    expect(column((rows) => rows.uuidFrom(bytes, 5))).toBe('00010000001033438dfc20a25b27989ce8838d7f022f');
    expect(column((rows) => rows.uuidBytes(bytes.subarray(0, 16)))).toBe(
      `000100000010${bytes.subarray(0, 16).toString('hex')}`,
    );
  });

  it('writes numbers and JSON', () => {
    expect(column((rows) => rows.integer(-2))).toBe('000100000004fffffffe');
    expect(column((rows) => rows.double(-0.5))).toBe('000100000008bfe0000000000000');
    expect(column((rows) => rows.json({ a: 1 }))).toBe(`000100000007${Buffer.from('{"a":1}').toString('hex')}`);
  });

  it('writes NULL for null', () => {
    expect(column((rows) => rows.text(null))).toBe(NULL);
    expect(column((rows) => rows.uuid(null))).toBe(NULL);
    expect(column((rows) => rows.integer(null))).toBe(NULL);
    expect(column((rows) => rows.double(null))).toBe(NULL);
    expect(column((rows) => rows.json(undefined))).toBe(NULL);
  });
});

describe('memory of rows', () => {
  it('is used again once they are released, and never before', () => {
    const text = (name: string) => {
      const rows = new BinaryRows(1);
      rows.begin();
      rows.text(name);
      return rows;
    };
    const first = text('first');
    const bytes = first.bytes(0, 1);
    const second = text('other');
    expect(bytes.toString('latin1')).toContain('first');
    first.release();
    expect(first.bytes(0, 1)).toHaveLength(0);
    const third = text('third');
    expect(third.bytes(0, 1).buffer).toBe(bytes.buffer);
    expect(second.bytes(0, 1).toString('latin1')).toContain('other');
  });
});

describe('rows of a binary COPY', () => {
  const rows = new BinaryRows(2, 4);
  for (const name of ['first', 'second', 'third']) {
    rows.begin();
    rows.bigint(0);
    rows.text(name);
  }

  it('are found by their numbers', () => {
    expect(rows.bytes(1, 2).toString('latin1')).toContain('second');
    expect(Buffer.concat([rows.bytes(0, 1), rows.bytes(1, 3)])).toEqual(rows.bytes(0, 3));
    expect(rows.bytes(3, 3)).toHaveLength(0);
  });

  it('take another number where one was written', () => {
    rows.replaceBigint(6, 258);
    for (const i of [0, 1, 2])
      expect(
        rows
          .bytes(i, i + 1)
          .subarray(6, 14)
          .toString('hex'),
      ).toBe('0000000000000102');
  });
});
