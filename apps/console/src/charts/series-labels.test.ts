import { expect, it } from 'vitest';
import { type AccuracySeries, estimate } from '../state/accuracy.js';
import { LABEL_WIDTH, labelsOf } from './series-labels.js';

/** Pixels are milliseconds across, and up to 100 for an accuracy of 0. */
const PLOT = {
  x: (time: Date) => time.getTime(),
  y: (accuracy: number) => 100 * (1 - accuracy),
  left: 0,
  right: 400,
  top: 10,
  bottom: 100,
};

const series = (version: string, correct: number, at: readonly number[]): AccuracySeries => ({
  version,
  reference: null,
  segments: [at.map((time) => ({ start: new Date(time), middle: new Date(time), ...estimate(correct, 1000) }))],
});

it.each<[string, AccuracySeries[], string[]]>([
  ['a line', [series('v1', 500, [0, 100, 200])], ['v1 at 100']],
  ['a single point', [series('v1', 500, [200])], ['v1 at 200']],
  ['a single point at the edge', [series('v1', 500, [400])], [`v1 at ${400 - LABEL_WIDTH / 2}`]],
  ['not a line that is shorter than its name', [series('v1', 500, [200, 210])], []],
  ['two points beside each other', [series('v1', 500, [100]), series('v2', 500, [150])], ['v1 at 100', 'v2 at 150']],
  ['the live one first', [series('v1', 500, [0, 100, 200]), series('live', 500, [100])], ['live at 100', 'v1 at 100']],
  [
    'no third one in the same place',
    [series('v1', 500, [100]), series('v2', 500, [101]), series('v3', 500, [102])],
    ['v1 at 100', 'v2 at 101'],
  ],
])('%s has its name', (_, all, expected) => {
  const labels = labelsOf(all, 'live', PLOT);
  expect(labels.map(({ version, x }) => `${version} at ${x}`)).toEqual(expected);
  for (const { y } of labels) expect(y).toBeGreaterThanOrEqual(PLOT.top);
  for (const { y } of labels) expect(y).toBeLessThan(PLOT.bottom);
});
