import { expect, it } from 'vitest';
import { newThisWeek } from './growth.js';

const week = { model: 'm', week: '2026-03-09', rows: 500, new_rows: 120 };

it.each([
  ['2026-03-09T00:00:00Z', 120],
  ['2026-03-15T23:59:59Z', 120],
  ['2026-03-16T00:00:00Z', 0],
])('what came in the week of 9 March is what is new at %s: %i', (now, expected) => {
  expect(newThisWeek(week, new Date(now))).toBe(expected);
});
