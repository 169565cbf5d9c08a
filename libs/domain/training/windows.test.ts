import { describe, expect, it } from 'vitest';
import type { TrainingWindow } from '#contracts/training-window';
import { candidateWindows, windowWeights } from './windows.js';

const DAY = 86_400_000;
/** A row a minute, from time 0. */
const minutes = (rows: number) => Float64Array.from({ length: rows }, (_, i) => i * 60_000);
const names = (wanted: TrainingWindow, rows: number, onsets: number[] = []) =>
  candidateWindows(wanted, { times: minutes(rows), trainShare: 0.7, onsets }).map(({ name, from }) => [
    name,
    from === null ? null : rows - from / 60_000,
  ]);

describe('windows to learn from', () => {
  it.each<[string, TrainingWindow, number, number[], unknown]>([
    ['all rows', 'all', 10_000, [60_000], [['all', null]]],
    ['the newest days', { days: 2 }, 10_000, [], [['days', 2881]]],
    ['the newest rows of the dataset', { rows: 1000 }, 10_000, [], [['rows', 700]]],
    ['more rows than there are', { rows: 100_000 }, 10_000, [], [['rows', null]]],
    ['a half-life', { half_life: 30 }, 10_000, [], [['half-life', null]]],
    [
      'parts of the newest',
      'auto',
      10_000,
      [],
      [
        ['all', null],
        ['newest-quarter', 2500],
        ['newest-sixteenth', 625],
        ['half-life', null],
      ],
    ],
    ['no part that has too few rows', 'auto', 1000, [], [['all', null]]],
    [
      'what came since the drop',
      'auto',
      10_000,
      [(10_000 - 400) * 60_000],
      [
        ['all', null],
        ['since-onset', 400],
        ['newest-quarter', 2500],
        ['newest-sixteenth', 625],
        ['half-life', null],
      ],
    ],
    [
      'one of two that hardly differ',
      'auto',
      10_000,
      [(10_000 - 600) * 60_000, (10_000 - 2600) * 60_000],
      [
        ['all', null],
        ['since-onset', 600],
        ['since-onset', 2600],
        ['half-life', null],
      ],
    ],
    ['nothing that came since a drop a moment ago', 'auto', 1000, [(1000 - 100) * 60_000], [['all', null]]],
  ])('are %s', (_, wanted, rows, onsets, expected) => {
    expect(names(wanted, rows, onsets)).toEqual(expected);
  });

  it('has nothing to choose among rows of one time', () => {
    const times = new Float64Array(10_000).fill(5);
    expect(candidateWindows('auto', { times, trainShare: 0.7, onsets: [5] })).toHaveLength(1);
  });

  it('lets the older rows fade by a quarter of the time that they cover', () => {
    const windows = candidateWindows('auto', { times: minutes(10_001), trainShare: 0.7, onsets: [] });
    expect(windows.at(-1)).toEqual({
      name: 'half-life',
      from: null,
      halfLifeMs: 2500 * 60_000,
      mostlyFrom: 7500 * 60_000,
    });
  });

  it('halves the weight by the half-life', () => {
    const [window] = candidateWindows({ half_life: 1 }, { times: minutes(2), trainShare: 0.7, onsets: [] });
    if (window === undefined) throw new Error('no window');
    expect([...(windowWeights(window, Float64Array.of(0, DAY, 2 * DAY)) ?? [])]).toEqual([0.25, 0.5, 1]);
  });
});
