import { expect, it } from 'vitest';
import { rowsForNextTraining } from './recovery.js';

it('asks for a training at 500 rows since the drop, then whenever there are half as many again', () => {
  expect(rowsForNextTraining(null)).toBe(500);
  expect(rowsForNextTraining(500)).toBe(750);
  expect(rowsForNextTraining(1125)).toBe(1688);
});
