import { expect, it } from 'vitest';
import { type DeploymentMark, groupsOf, MARK_WIDTH } from './deployment-marks.js';

const mark = (pixel: number): DeploymentMark => ({ id: `${pixel}`, at: new Date(pixel), kind: 'deploy', to: 'v1.0.0' });

it.each([
  ['none', [], []],
  ['marks that have room', [0, MARK_WIDTH, 2 * MARK_WIDTH], [[0], [MARK_WIDTH], [2 * MARK_WIDTH]]],
  ['marks of one moment, whatever their order', [41, 40, 40], [[40, 40, 41]]],
  [
    'a row of marks, each near the one before',
    [0, 6, 12, 18],
    [
      [0, 6],
      [12, 18],
    ],
  ],
])('%s do not overlap', (_, pixels, groups) => {
  const found = groupsOf(pixels.map(mark), (at) => at.getTime());
  expect(found.map((group) => group.map(({ at }) => at.getTime()))).toEqual(groups);
});
