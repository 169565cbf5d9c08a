import { describe, expect, it, vi } from 'vitest';
import { TrainingFailure } from './failure.js';
import { flowers, train } from './flowers.fixture.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('a training that cannot work', () => {
  it.each([
    ['no rows', [], {}, /There are no rows of "flowers"/, /ratchet import/],
    ['too few rows', flowers(20), {}, /20 rows .* minimum_rows of 50/, /lower minimum_rows in deploy\/models\/flowers/],
    [
      'one class only',
      flowers(300, (one) => ({ ...one, flower: 'aster' })),
      {},
      /Every one of the \d+ training rows of "flowers" is "aster"/,
      /import some/,
    ],
    [
      'labels that the definition does not know',
      flowers(300, (one) => ({ ...one, flower: 'tulip' })),
      {},
      /None of the 300 rows .* one that is not among its classes/,
      /Correct label and classes/,
    ],
    [
      'nothing but constant features',
      flowers(300, ({ flower }) => ({ flower, petal: 2, meadow: 'm1' })),
      {},
      /Every feature of "flowers" has one value only/,
      /Compare the names and kinds/,
    ],
    [
      'fields that are not in the data',
      flowers(300, ({ flower }, i) => ({ flower, length: i })),
      {},
      /Every feature of "flowers" has one value only/,
      /Compare the names and kinds/,
    ],
    [
      'a parameter that is not the definition’s to set',
      flowers(300),
      { hyper_parameters: { seed: 3 } },
      /sets seed, which Ratchet sets itself/,
      /Remove it/,
    ],
    [
      'a native back end without a library',
      flowers(300),
      { backend: 'xgboost' },
      /needs a native library/,
      /ml-random-forest or ml-xgboost/,
    ],
  ])('says what is wrong and what to do: %s', async (_name, rows, changes, reason, remedy) => {
    const failure = await train(rows, changes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrainingFailure);
    expect(failure).toMatchObject({ reason: expect.stringMatching(reason), remedy: expect.stringMatching(remedy) });
  });
});

describe('a training that only looks odd', () => {
  it('goes on with a constant feature beside others, and warns', async () => {
    const { manifest } = await train(flowers(300, (one) => ({ ...one, meadow: 'm1' })));
    expect(manifest.warnings).toContain(
      'The feature "meadow" has the same value in every training row and teaches nothing.',
    );
    expect(manifest.training_stats.val_accuracy).toBeGreaterThan(0.7);
  });

  it('puts ten thousand categories into one column, and warns that they look like identifiers', async () => {
    const { manifest } = await train(flowers(12_000, (one, i) => ({ ...one, meadow: `meadow ${i % 10_000}` })));
    expect(manifest.columns).toEqual(['petal', 'meadow']);
    const [, meadow] = manifest.encoders;
    expect(meadow).toMatchObject({ encoding: 'ordinal' });
    expect(manifest.warnings).toContainEqual(
      expect.stringMatching(/"meadow" has \d{4} different values .* identifier/),
    );
  });
});
