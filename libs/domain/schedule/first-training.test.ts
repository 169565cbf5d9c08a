import { expect, it } from 'vitest';
import { firstTrainingSlot } from './first-training.js';

it.each([
  [0, 500, null],
  [499, 500, null],
  [500, 500, 'first-0'],
  [999, 500, 'first-0'],
  [1000, 500, 'first-1'],
  [4000, 500, 'first-3'],
])('%i rows of at least %i call for %s', (rows, minimum, slot) => expect(firstTrainingSlot(rows, minimum)).toBe(slot));
