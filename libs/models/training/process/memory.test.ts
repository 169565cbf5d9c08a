import { describe, expect, it } from 'vitest';
import { TrainingFailure } from './failure.js';
import { leastMemoryMib, requireMemory } from './memory.js';

describe('the memory of a training', () => {
  it.each([
    ['xgboost', 1_000_000, 30, 505],
    ['random-forest', 1_000_000, 30, 505],
    ['lightgbm', 1_000_000, 30, 304],
    ['ml-xgboost', 1_000_000, 30, 276],
    ['xgboost', 0, 30, 150],
  ] as const)('%s on %d rows of %d columns is at least %d MiB', (backend, rows, columns, mib) => {
    expect(Math.round(leastMemoryMib(rows, columns, backend))).toBe(mib);
  });

  it('is asked for before it is taken: what does not fit is told how much it needs, and where else it can be trained', () => {
    const job = { backend: 'xgboost', memoryMb: 4096 } as const;
    expect(() => requireMemory(job, { name: 'apples' }, 10_000_000, 30)).not.toThrow();
    const refused = ((): unknown => {
      try {
        return requireMemory(job, { name: 'apples' }, 10_000_000, 200);
      } catch (error) {
        return error;
      }
    })();
    expect(refused).toBeInstanceOf(TrainingFailure);
    expect(refused).toMatchObject({
      stage: 'prepare',
      reason: 'Training on 10000000 rows of 200 columns needs about 22.6 GiB, and it may use 4.0 GiB.',
      remedy:
        'Raise TRAINING_MEMORY_MB on the trainer, use fewer one-hot columns (one_hot_limit), or train on a cluster, "ratchet retrain --model apples --engine spark".',
    });
  });

  it('is not said to be had on Spark by a backend that does not train there', () => {
    const job = { backend: 'lightgbm', memoryMb: 1024 } as const;
    expect(() => requireMemory(job, { name: 'apples' }, 10_000_000, 200)).toThrow(
      /or train elsewhere, "ratchet retrain --model apples --engine external"\.$/,
    );
  });
});
