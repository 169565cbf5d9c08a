import { describe, expect, it } from 'vitest';
import {
  firstTrainingSlot,
  hasSettled,
  needsFirstTraining,
  nextPlateau,
  type Plateau,
  rowsWorthCounting,
} from './first-training.js';

it.each([
  [0, 500, null],
  [499, 500, null],
  [500, 500, 'first-0'],
  [999, 500, 'first-0'],
  [1000, 500, 'first-1'],
  [4000, 500, 'first-3'],
])('%i rows of at least %i call for %s', (rows, minimum, slot) => expect(firstTrainingSlot(rows, minimum)).toBe(slot));

it.each([
  ['nothing yet', { underWay: false, live: false, byHand: false }, true],
  ['a run under way', { underWay: true, live: false, byHand: false }, false],
  ['a live version', { underWay: false, live: true, byHand: false }, false],
  ['a version kept back by hand', { underWay: false, live: false, byHand: true }, false],
])('with %s a first training is needed: %#', (_, beginnings, needed) => {
  expect(needsFirstTraining(beginnings)).toBe(needed);
});

it.each([
  [null, 512_000],
  ['first-0', 8_000],
  ['first-3', 64_000],
])('after %s, %i rows are worth counting', (slot, rows) => {
  expect(rowsWorthCounting(slot, 500)).toBe(rows);
  if (slot !== null) expect(firstTrainingSlot(rows, 500)).not.toBe(slot);
});

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
