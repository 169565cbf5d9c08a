import { expect, it } from 'vitest';
import { rowsForNextTraining } from './recovery.js';

it('asks for a training at 500 rows since the drop, then at each doubling', () => {
  expect(rowsForNextTraining(null)).toBe(500);
  expect(rowsForNextTraining(500)).toBe(1000);
  expect(rowsForNextTraining(1100)).toBe(2200);
});
