import { describe, expect, it } from 'vitest';
import { firstTrainingSlot, hasSettled, nextPlateau, type Plateau } from './first-training.js';

it.each([
  [0, 500, null],
  [499, 500, null],
  [500, 500, 'first-0'],
  [999, 500, 'first-0'],
  [1000, 500, 'first-1'],
  [4000, 500, 'first-3'],
])('%i rows of at least %i call for %s', (rows, minimum, slot) => expect(firstTrainingSlot(rows, minimum)).toBe(slot));

describe('a first training waits until the dataset has settled', () => {
  const at = (seconds: number): Date => new Date(seconds * 1000);
  it.each([
    ['nothing was known', null, 600, { rows: 600, since: at(10) }],
    ['it grew by more than a tenth', { rows: 600, since: at(0) }, 661, { rows: 661, since: at(10) }],
    ['it grew a little', { rows: 600, since: at(0) }, 660, { rows: 600, since: at(0) }],
    ['it shrank', { rows: 600, since: at(0) }, 500, { rows: 600, since: at(0) }],
  ] satisfies [string, Plateau | null, number, Plateau][])('%s', (_, plateau, rows, expected) => {
    expect(nextPlateau(plateau, rows, at(10))).toEqual(expected);
  });

  it.each([
    [0, false],
    [4.999, false],
    [5, true],
  ])('%d s after it stopped growing: %s', (seconds, expected) => {
    expect(hasSettled({ rows: 600, since: at(0) }, at(seconds))).toBe(expected);
  });
});
