import { describe, expect, it, vi } from 'vitest';
import { seededRandom } from '#domain/statistics/random';
import { train, wildFlowers } from '../imported/flowers.fixture.js';
import { TrainingFailure } from '../process/failure.js';
import { drawParameters } from './search-space.js';
import { logLoss } from './tune.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('drawing parameters', () => {
  it('keeps what is not searched, replaces other names of what is, and stays within bounds', () => {
    const given = new Map([
      ['eta', '0.9'],
      ['reg_alpha', '2'],
    ]);
    const random = seededRandom(1);
    for (let i = 0; i < 200; i++) {
      const drawn = drawParameters('xgboost', given, random);
      expect(drawn.has('eta')).toBe(false);
      expect(drawn.get('reg_alpha')).toBe('2');
      expect(Number(drawn.get('learning_rate'))).toBeGreaterThanOrEqual(0.02);
      expect(Number(drawn.get('learning_rate'))).toBeLessThanOrEqual(0.3);
      expect(drawn.get('max_depth')).toMatch(/^([3-9]|10)$/);
    }
  });
});

describe('log-loss', () => {
  it.each([
    [[0.5, 0.5, 0.5, 0.5], [0, 1], Math.LN2],
    [[1, 0, 0, 1], [0, 1], 0],
    [[1, 0], [1], -Math.log(1e-15)],
    [[Number.NaN, 0.5], [0], Number.POSITIVE_INFINITY],
  ])('of %j for labels %j', (probabilities, labels, expected) => {
    expect(logLoss(Float64Array.from(probabilities), Float32Array.from(labels), 2)).toBeCloseTo(expected, 12);
  });
});

describe('a run that searches for hyper-parameters', () => {
  // So many rounds at full speed learn the noise by heart; any slower setting is better.
  const hasty = { hyper_parameters: { rounds: 30, max_depth: 10, learning_rate: 1 }, early_stopping_rounds: 0 };

  it('keeps the best on validation, says which, and does so again', async () => {
    const rows = wildFlowers(900);
    const { manifest, hashes, messages } = await train(rows, hasty, { tune: 6 });
    const { tuning, parameters = {} } = manifest;
    if (!tuning) throw new Error('the manifest says nothing of the search');
    expect(tuning.trials).toBe(6);
    expect(tuning.chosen).toBeGreaterThan(1);
    expect(tuning.validation_loss).toBeLessThan(tuning.definition_loss);
    expect(parameters.eta).toBe(tuning.parameters.learning_rate);
    expect(manifest.definition.hyper_parameters).toEqual(hasty.hyper_parameters);
    expect(messages.filter((message) => /^trial 6 of 6: log-loss/.test(message))).toHaveLength(1);

    expect((await train(rows, hasty, { tune: 6 })).hashes).toEqual(hashes);
    const plain = await train(rows, hasty);
    expect(plain.manifest.tuning).toBeUndefined();
    expect((await train(rows, { ...hasty, seed: 43 }, { tune: 6 })).manifest.tuning?.parameters).not.toEqual(
      tuning.parameters,
    );
  });

  it('needs a validation part', async () => {
    const split = { shares: { train: 0.8, validation: 0, test: 0.2 } };
    await expect(train(wildFlowers(300), { split }, { tune: 3 })).rejects.toBeInstanceOf(TrainingFailure);
  });
});
