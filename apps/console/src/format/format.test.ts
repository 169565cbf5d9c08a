import { describe, expect, it } from 'vitest';
import { count, decimal, milliseconds, percent, percentRange, plural, points, shortDigest, signed } from './numbers.js';
import { duration, relative } from './time.js';

/** No-break spaces are right on the page and unreadable in a test. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('numbers', () => {
  it.each([
    [count(1234567), '1,234,567'],
    [count(null), '–'],
    [percent(0.8312), '83.1 %'],
    [percent(-0.012), '−1.2 %'],
    [percentRange(-0.012, 0.0831), '−1.2 to 8.3 %'],
    [points(0.0123), '+1.2 pp'],
    [points(-0.05), '−5.0 pp'],
    [decimal(0.41234), '0.4123'],
    [signed(-0.01), '−0.0100'],
    [milliseconds(4.21), '4.2 ms'],
    [milliseconds(412.3), '412 ms'],
    [milliseconds(1834), '1.8 s'],
    [plural(1, 'instance'), '1 instance'],
    [plural(0, 'instance'), '0 instances'],
    [plural(2, 'directory', 'directories'), '2 directories'],
    [shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`), '0123456789ab'],
  ])('%s is "%s"', (actual, expected) => {
    expect(plain(actual)).toBe(expected);
  });
});

describe('time', () => {
  it.each([
    [0, '0 s'],
    [42_000, '42 s'],
    [60_000, '1 min'],
    [3_725_000, '1 h 2 min'],
    [86_400_000 * 3 + 3_600_000 * 4, '3 d 4 h'],
    [86_400_000 * 12 + 3_600_000 * 4, '12 d'],
  ])('%d ms last "%s"', (ms, expected) => {
    expect(plain(duration(ms))).toBe(expected);
  });

  const now = new Date('2026-03-12T10:00:00Z');
  it.each([
    ['2026-03-12T09:59:58Z', 'just now'],
    ['2026-03-12T09:59:30Z', '30 s ago'],
    ['2026-03-12T07:10:00Z', '2 h ago'],
    ['2026-03-09T10:00:00Z', '3 d ago'],
    ['2026-01-04T12:00:00Z', '4 Jan 2026'],
    ['2026-03-12T10:03:00Z', 'in 3 min'],
  ])('%s reads "%s"', (time, expected) => {
    expect(plain(relative(new Date(time), now))).toBe(expected);
  });
});
