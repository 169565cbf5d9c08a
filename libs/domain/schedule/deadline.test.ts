import { describe, expect, it } from 'vitest';
import { TrainingRules } from '#contracts/model-definition';
import { trainingDeadlineMs } from './deadline.js';

describe('the deadline of a training', () => {
  it.each([
    [null, 6 * 3_600_000],
    [{}, 6 * 3_600_000],
    [{ training: {} }, 6 * 3_600_000],
    [{ training: { deadline: '2s' } }, 2_000],
    [{ training: { deadline: '90m' } }, 5_400_000],
    [{ training: { deadline: '2d' } }, 2 * 86_400_000],
    [{ training: { deadline: '99999d' } }, 7 * 86_400_000],
  ])('of %j is %d ms', (definition, expected) => {
    expect(trainingDeadlineMs(definition)).toBe(expected);
  });

  it.each(['', '0h', '6', 'h', '-1h', '6 h', '1.5h', '6h ', '1e3s', '100000s'])('is never %j', (deadline) => {
    expect(TrainingRules.safeParse({ deadline }).success).toBe(false);
  });
});
