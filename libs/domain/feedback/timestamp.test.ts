import { describe, expect, it } from 'vitest';
import { Rejected } from './record.js';
import { parseIsoTime, readTime } from './timestamp.js';

const NOW = Date.UTC(2026, 10, 24, 12) * 1000;
const at = (iso: string, micros = 0) => Date.parse(iso) * 1000 + micros;

describe('times that are read', () => {
  it.each<[unknown, number]>([
    ['2026-01-04T09:12:31.118200Z', at('2026-01-04T09:12:31.118Z', 200)],
    ['2026-01-04T09:12:31Z', at('2026-01-04T09:12:31Z')],
    ['2026-01-04t09:12:31z', at('2026-01-04T09:12:31Z')],
    ['2026-01-04 09:12:31+00:00', at('2026-01-04T09:12:31Z')],
    ['2026-01-04T09:12:31.5+02:00', at('2026-01-04T07:12:31.500Z')],
    ['2026-01-04T09:12:31-0530', at('2026-01-04T14:42:31Z')],
    ['2026-01-04T09:12:31+02', at('2026-01-04T07:12:31Z')],
    ['2024-02-29T00:00:00Z', at('2024-02-29T00:00:00Z')],
    ['2026-01-04T09:12:31.123456789Z', at('2026-01-04T09:12:31.123Z', 456)],
    [1767517951, at('2026-01-04T09:12:31Z')],
    [1767517951.118, at('2026-01-04T09:12:31.118Z')],
    ['1767517951', at('2026-01-04T09:12:31Z')],
    [' 1767517951.118 ', at('2026-01-04T09:12:31.118Z')],
    ['2000-01-01T00:00:00Z', at('2000-01-01T00:00:00Z')],
    ['2026-11-25T12:00:00Z', NOW + 86_400_000_000],
  ])('%j', (value, expected) => {
    expect(readTime(value, 'timestamp', NOW)).toBe(expected);
  });

  it.each([undefined, null])('%j is no time', (value) => {
    expect(readTime(value, 'timestamp', NOW)).toBeNull();
  });
});

describe('times that are not', () => {
  it.each<[unknown, string]>([
    ['', 'unreadable-time'],
    ['yesterday', 'unreadable-time'],
    ['2026-01-04', 'unreadable-time'],
    ['2026-01-04T09:12:31', 'unreadable-time'],
    ['2026-01-04T09:12Z', 'unreadable-time'],
    ['2026-02-30T00:00:00Z', 'unreadable-time'],
    ['2025-02-29T00:00:00Z', 'unreadable-time'],
    ['2026-13-01T00:00:00Z', 'unreadable-time'],
    ['2026-01-04T24:00:00Z', 'unreadable-time'],
    ['2026-01-04T09:60:00Z', 'unreadable-time'],
    ['2026-01-04T09:12:60Z', 'unreadable-time'],
    ['2026-01-04T09:12:31+99:00', 'unreadable-time'],
    ['04/01/2026 09:12:31', 'unreadable-time'],
    ['1e9', 'unreadable-time'],
    ['NaN', 'unreadable-time'],
    [true, 'unreadable-time'],
    [{}, 'unreadable-time'],
    [Number.POSITIVE_INFINITY, 'unreadable-time'],
    [0, 'time-out-of-range'],
    [-5, 'time-out-of-range'],
    [1767517951118, 'time-out-of-range'],
    ['1999-12-31T23:59:59Z', 'time-out-of-range'],
    ['0001-01-01T00:00:00Z', 'time-out-of-range'],
    ['2026-11-25T12:00:00.000001Z', 'time-out-of-range'],
    ['2999-01-01T00:00:00Z', 'time-out-of-range'],
  ])('%j is %s', (value, reason) => {
    expect(() => readTime(value, 'timestamp', NOW)).toThrowError(
      expect.objectContaining({ reason, field: 'timestamp', name: 'Rejected' }),
    );
  });

  it('says what milliseconds were taken for', () => {
    expect(() => readTime(1767517951118, 'timestamp', NOW)).toThrow(/in seconds and not milliseconds/);
    expect(() => readTime(1767517951118, 'timestamp', NOW)).toThrow(Rejected);
  });
});

it('agrees with Date for every hour of two years', () => {
  for (let t = Date.UTC(2023, 11, 30); t < Date.UTC(2026, 0, 2); t += 3_599_999)
    expect(parseIsoTime(new Date(t).toISOString())).toBe(t * 1000);
});
