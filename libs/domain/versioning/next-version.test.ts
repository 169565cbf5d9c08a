import { describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { nextVersion, type VersionBasis } from './next-version.js';

const definition = (changes: Record<string, unknown> = {}): ModelDefinition =>
  ModelDefinition.parse({
    name: 'fruit',
    kind: 'multi-class',
    label: 'kind',
    classes: ['apple', 'pear'],
    features: [{ name: 'weight', kind: 'numeric' }],
    hyper_parameters: { rounds: 10 },
    ...changes,
  });

const basis = (changes: Partial<VersionBasis> = {}): VersionBasis => ({
  definition: definition(),
  backend: 'xgboost',
  snapshotHash: 'one',
  ...changes,
});

describe('nextVersion', () => {
  it('starts at v1.0.0', () => expect(nextVersion(null, basis())).toBe('v1.0.0'));

  it.each<[string, Partial<VersionBasis>, string]>([
    ['the same snapshot and recipe', {}, 'v1.2.4'],
    ['new data', { snapshotHash: 'two' }, 'v1.3.0'],
    ['other hyper-parameters', { definition: definition({ hyper_parameters: { rounds: 20 } }) }, 'v1.3.0'],
    [
      'other limits of when a run fails',
      {
        definition: definition({ features: [{ name: 'weight', kind: 'numeric', when_constant: 'warn' }] }),
      },
      'v1.2.4',
    ],
    ['another seed', { definition: definition({ seed: 7 }) }, 'v1.3.0'],
    ['another library of the same family', { backend: 'lightgbm' }, 'v1.3.0'],
    ['the portable backend of the same family', { backend: 'ml-xgboost' }, 'v1.3.0'],
    ['another family', { backend: 'random-forest' }, 'v2.0.0'],
    [
      'one more feature',
      { definition: definition({ features: [...definition().features, { name: 'colour', kind: 'categorical' }] }) },
      'v2.0.0',
    ],
    [
      'another way to fill a feature',
      { definition: definition({ features: [{ name: 'weight', kind: 'numeric', fill: 'median' }] }) },
      'v2.0.0',
    ],
    ['one more class', { definition: definition({ classes: ['apple', 'pear', 'quince'] }) }, 'v2.0.0'],
    ['another label', { definition: definition({ label: 'sort' }) }, 'v2.0.0'],
    [
      'another kind of model',
      {
        definition: ModelDefinition.parse({
          name: 'fruit',
          kind: 'action-outcome',
          actions: ['eat', 'keep'],
          features: [{ name: 'weight', kind: 'numeric' }],
        }),
      },
      'v2.0.0',
    ],
    ['thresholds and schedules, which do not touch the model', { definition: definition({ schedule: '' }) }, 'v1.2.4'],
  ])('%s', (_name, changes, expected) => {
    expect(nextVersion({ version: 'v1.2.3', ...basis() }, basis(changes))).toBe(expected);
  });

  it('does not depend on the order in which a definition was written', () => {
    const shuffled = Object.fromEntries(Object.entries(definition()).reverse());
    expect(nextVersion({ version: 'v1.0.0', ...basis() }, basis({ definition: ModelDefinition.parse(shuffled) }))).toBe(
      'v1.0.1',
    );
  });
});
