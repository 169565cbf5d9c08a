import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ImportDescription } from '#contracts/http/packages';
import type { ImportFormat } from '#contracts/model-package';
import { seededRandom } from '#domain/statistics/random';
import { readVersionFile } from '../../evaluators/reading/version-cases.js';
import { TrainingFailure } from '../process/failure.js';
import { type Flower, train } from './flowers.fixture.js';
import { requireNames } from './imported.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const FIXTURES = join(import.meta.dirname, '../../evaluators/fixtures');
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

describe('a file that knows more than its trees', () => {
  const APPLES = join(import.meta.dirname, '../../../../test/e2e/elsewhere/fixtures');
  const REGIONS = ['north', 'south', 'east', 'west'];
  const features = [
    { name: 'weight', kind: 'numeric' },
    { name: 'sugar content', kind: 'numeric' },
    { name: 'red', kind: 'boolean' },
    { name: 'region', kind: 'categorical' },
  ];
  const apples = Array.from({ length: 200 }, (_, i) => ({
    flower: i % 2 ? 'aster' : 'bellis',
    weight: 100 + (i % 90),
    'sugar content': 8 + (i % 7),
    red: i % 3 === 0,
    region: REGIONS[i % 4],
  }));
  const encoder = (feature: string, rest: object) => ({ feature, source: { from: 'field', field: feature }, ...rest });
  const number = { encoding: 'numeric', fill: null, indicator: false };
  const withRegions = (categories: string[]) => ({
    encoders: [
      encoder('weight', number),
      encoder('sugar content', number),
      encoder('red', { ...number, encoding: 'boolean' }),
      encoder('region', { encoding: 'ordinal', categories }),
    ],
  });
  const take = (file: string, format: ImportFormat, description: object = {}, path = join(APPLES, file)) =>
    train(
      apples,
      { features, backend: format === 'lightgbm-text' ? 'lightgbm' : 'xgboost' },
      { imported: { path, format, description: ImportDescription.parse(description) } },
    );

  it.each([
    ['binary.json', 'xgboost-json'],
    ['binary.txt', 'lightgbm-text'],
  ] as const)('%s gives its categories where the description has none', async (file, format) => {
    const { manifest } = await take(file, format);
    expect(manifest.encoders[3]).toMatchObject({
      encoding: 'ordinal',
      categories: REGIONS,
      unseen: 'missing',
    });
    expect((await take(file, format, withRegions(REGIONS))).manifest.encoders[3]).toMatchObject({
      categories: REGIONS,
    });
  });

  it.each([
    ['binary.json', 'xgboost-json', ['south', 'north', 'east', 'west']],
    ['binary.txt', 'lightgbm-text', ['south', 'north', 'east', 'west']],
    ['binary.txt', 'lightgbm-text', ['north', 'south', 'east']],
  ] as const)('%s is refused with categories in another order', async (file, format, categories) => {
    const failure = await take(file, format, withRegions([...categories])).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrainingFailure);
    expect(failure).toMatchObject({
      reason: expect.stringMatching(
        /categories of "region" are not those .* in the file, which has "north", "south", "east", "west"/,
      ),
      remedy: expect.stringMatching(/in the order of the file/),
    });
  });

  it('is answered by the rounds that early stopping found best, unless all are asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ratchet-rounds-'));
    const { cases } = await readVersionFile(join(FIXTURES, 'versions/xgboost-3.2.0.json.gz'));
    const stopped = cases.find(({ kind }) => kind === 'early stopping, binary:logistic');
    const path = join(folder, 'stopped.json');
    writeFileSync(path, Buffer.from(stopped?.content ?? '', 'base64'));
    const grown = (description: object) =>
      train(
        rows(300),
        { features: FEATURES.slice(0, 5), backend: 'xgboost' },
        {
          imported: { path, format: 'xgboost-json', description: ImportDescription.parse(description) },
        },
      );
    const best = await grown({});
    expect(best.manifest.model).toMatchObject({ rounds: 1 });
    expect(best.manifest.training_stats.rounds).toBe(1);
    expect(best.manifest.warnings).toContainEqual(expect.stringMatching(/Early stopping found round 1 of 3 best/));
    expect((await grown({ rounds: 'all' })).manifest.model).toMatchObject({ rounds: 3 });
    expect((await grown({ model: best.manifest.model })).hashes).toEqual(best.hashes);
    await expect(grown({ rounds: 4 })).rejects.toThrow(/holds 3 rounds, but 4 of them/);
    rmSync(folder, { recursive: true });
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

  it.each([
    ['x<1', 'x>1'],
    ['rain %', 'rain mm?'],
    ['a b', 'a_b'],
    ['+', '-'],
    ['कि', 'की'],
  ])('are told apart by their signs where nothing else does: %s and %s', (one, other) => {
    expect(() => requireNames([one, other], [one, other])).not.toThrow();
    if (one !== 'a b')
      expect(() => requireNames([other, one], [one, other])).toThrow(/the same columns in another order/);
  });
});
