import { describe, expect, it, vi } from 'vitest';
import { flowers, train } from '../imported/flowers.fixture.js';
import { TrainingFailure } from './failure.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const FEATURES = [
  { name: 'petal', kind: 'numeric' },
  { name: 'meadow', kind: 'categorical' },
];

describe('a training that cannot work', () => {
  it.each([
    ['no rows', [], {}, /There are no rows of "flowers"/, /ratchet import/],
    [
      'too few rows',
      flowers(20),
      {},
      /20 rows .* minimum_rows of 50/,
      /lower minimum_rows in its definition \("ratchet models describe flowers --yaml > flowers.yaml"/,
    ],
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
      'a constant feature beside others',
      flowers(300, (one) => ({ ...one, meadow: 'm1' })),
      {},
      /^The feature "meadow" of "flowers" has the same value in all \d+ training rows/,
      /remove the feature from its definition .*, or set "when_constant: warn" on it/,
    ],
    [
      'two constant features beside others',
      flowers(300, (one, i) => ({ ...one, petal: 1, meadow: 'm1', weight: i % 9 })),
      { features: [...FEATURES, { name: 'weight', kind: 'numeric' }] },
      /^The features "petal", "meadow" of "flowers" have the same value/,
      /"when_constant: warn" on each/,
    ],
    [
      'ten thousand categories',
      flowers(12_000, (one, i) => ({ ...one, meadow: `meadow ${i % 10_000}` })),
      {},
      /^The feature "meadow" of "flowers" has \d{4} categories in the training rows, more than its max_categories of 2000/,
      /raise its minimum_count .* or raise its max_categories/,
    ],
    [
      'a parameter that is not the definition’s to set',
      flowers(300),
      { hyper_parameters: { seed: 3 } },
      /sets seed, which Ratchet sets itself/,
      /Remove it/,
    ],
    [
      'a native backend without a library',
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
  it('goes on with a constant feature where the definition lets it, and warns', async () => {
    const features = FEATURES.map((feature) => ({ ...feature, when_constant: 'warn' }));
    const { manifest } = await train(
      flowers(300, (one) => ({ ...one, meadow: 'm1' })),
      { features },
    );
    expect(manifest.warnings).toContain(
      'The feature "meadow" has the same value in every training row and teaches nothing.',
    );
    expect(manifest.training_stats.val_accuracy).toBeGreaterThan(0.7);
  });

  it('goes on with a feature that nobody sends, and warns', async () => {
    const { manifest } = await train(flowers(300, ({ meadow: _unsent, ...one }) => one));
    expect(manifest.warnings).toContain('The feature "meadow" is missing in every training row.');
  });

  it('puts ten thousand categories into one column where the definition lets it, and warns of identifiers', async () => {
    const { manifest } = await train(
      flowers(12_000, (one, i) => ({ ...one, meadow: `meadow ${i % 10_000}` })),
      { features: FEATURES.map((feature) => ({ ...feature, max_categories: 10_000 })) },
    );
    expect(manifest.columns).toEqual(['petal', 'meadow']);
    const [, meadow] = manifest.encoders;
    expect(meadow).toMatchObject({ encoding: 'ordinal' });
    expect(manifest.warnings).toContainEqual(
      expect.stringMatching(/"meadow" has \d{4} different values .* identifier/),
    );
  });
});

it('takes ten thousand categories of which few are frequent', async () => {
  const features = FEATURES.map((feature) => ({ ...feature, minimum_count: 50 }));
  const rows = flowers(12_000, (one, i) => ({ ...one, meadow: i % 3 ? `m${i % 4}` : `meadow ${i}` }));
  const { manifest } = await train(rows, { features });
  const [, meadow] = manifest.encoders;
  expect(meadow && 'categories' in meadow && meadow.categories.toSorted()).toEqual(['m0', 'm1', 'm2', 'm3']);
});
