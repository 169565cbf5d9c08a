import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ImportFormat } from '#contracts/http/packages';
import { seededRandom } from '#domain/statistics/random';
import { TrainingFailure } from './failure.js';
import { type Flower, train } from './flowers.fixture.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const FIXTURES = join(import.meta.dirname, '../evaluators/fixtures');
const FEATURES = Array.from({ length: 8 }, (_, i) => ({ name: `f${i}`, kind: 'numeric' }));

function rows(count: number): Flower[] {
  const random = seededRandom(9);
  return Array.from({ length: count }, (_, i) => ({
    flower: i % 2 ? 'aster' : 'bellis',
    ...Object.fromEntries(FEATURES.map(({ name }) => [name, random() * 4 - 2])),
  }));
}

const register = (
  file: string,
  format: ImportFormat,
  description: Record<string, unknown> = {},
  features: readonly Record<string, unknown>[] = FEATURES,
) =>
  train(
    rows(300),
    { features, backend: format === 'lightgbm-text' ? 'lightgbm' : 'xgboost' },
    { imported: { path: join(FIXTURES, file), format, description } },
  );

describe('a model trained elsewhere', () => {
  it.each([
    ['xgb-binary.xgb.json', 'xgboost-json', 'model.xgb.json'],
    ['lgbm-binary.lgbm.txt', 'lightgbm-text', 'model.lgbm.txt'],
  ] as const)('%s becomes a package with the bytes of its file', async (file, format, name) => {
    const library = { name: 'somewhere', version: '9.9' };
    const grown = await register(file, format, { library, columns: FEATURES.map((feature) => feature.name) });
    expect(readFileSync(join(grown.workDir, name)).equals(readFileSync(join(FIXTURES, file)))).toBe(true);
    expect(grown.manifest).toMatchObject({
      library,
      model: { file: name },
      columns: ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'],
    });
    expect(grown.manifest.training_stats.rounds).toBeGreaterThan(1);
    expect((await register(file, format, { library })).hashes).toEqual(grown.hashes);
  });

  it.each([
    [
      'fewer features than the file has columns',
      register.bind(null, 'xgb-binary.xgb.json', 'xgboost-json', {}, FEATURES.slice(1)),
      /takes 8 columns .* gives 7/,
    ],
    [
      'columns in another order',
      register.bind(null, 'xgb-binary.xgb.json', 'xgboost-json', {
        columns: ['f1', 'f0', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'],
      }),
      /first that differs is "f1" instead of "f0"/,
    ],
    [
      'a category without encoders',
      register.bind(null, 'xgb-binary.xgb.json', 'xgboost-json', {}, [...FEATURES, { name: 'x', kind: 'categorical' }]),
      /nothing says which column/,
    ],
    [
      'the classes of another model',
      register.bind(null, 'xgb-binary.xgb.json', 'xgboost-json', { classes: ['bellis', 'aster'] }),
      /lists the classes bellis, aster; the definition has aster, bellis/,
    ],
    [
      'a file of another format',
      register.bind(null, 'xgb-binary.xgb.json', 'lightgbm-text'),
      /cannot be served as lightgbm-text/,
    ],
    ['UBJSON without the library', register.bind(null, 'xgb-binary.xgb.ubj', 'xgboost-ubj'), /UBJSON/],
  ])('is refused with a reason: %s', async (_name, attempt, reason) => {
    const failure = await attempt().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrainingFailure);
    expect(failure).toMatchObject({ reason: expect.stringMatching(reason) });
  });
});
