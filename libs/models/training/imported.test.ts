import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ImportFormat } from '#contracts/http/packages';
import { seededRandom } from '#domain/statistics/random';
import { TrainingFailure } from './failure.js';
import { type Flower, train } from './flowers.fixture.js';
import { requireNames } from './imported.js';

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

describe('the names that a file was trained with', () => {
  const columns = ['da', 'site type', 'action=forum'];

  it.each([
    ['none', null],
    ['the same', ['da', 'site type', 'action=forum']],
    ['the same as LightGBM and pandas write them', ['da', 'site_type', 'action_forum']],
  ])('may be %s', (_, names) => {
    expect(() => requireNames(names, columns)).not.toThrow();
  });

  it.each([
    [
      'in another order',
      ['site type', 'da', 'action=forum'],
      /same columns in another order: column 1 is "site type" in the file, and "da" by the definition/,
    ],
    [
      'others',
      ['da', 'type', 'action=forum'],
      /columns of other names .* Only the file has "type"\. Only the definition has "site type"\./,
    ],
    ['fewer', ['da', 'site type'], /Only the definition has "action=forum"/],
    ['more', [...columns, 'action=guest'], /Only the file has "action=guest"/],
  ])('are refused where they are %s, with what to do', (_, names, reason) => {
    expect(() => requireNames(names, columns)).toThrow(reason);
    expect(() => requireNames(names, columns)).toThrow(/in the order "da", "site type", "action=forum"/);
  });
});
