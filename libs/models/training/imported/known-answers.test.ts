import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ImportDescription } from '#contracts/http/packages';
import { Golden, type KnownAnswer } from '#contracts/model-package';
import { TrainingFailure } from '../process/failure.js';
import { train } from './flowers.fixture.js';

// Whole trainings: seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'ratchet-known-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Two columns; the second goes left at or below 2. */
const TREES = {
  format: 'ratchet-trees',
  format_version: 2,
  width: 2,
  classes: 2,
  base: [0],
  divisor: 1,
  link: { kind: 'identity' },
  precision: 'float64',
  comparison: '<=',
  values: 'float32',
  columns: ['petal', 'sepal'],
  tree_count: 1,
  trees: [{ group: 0, column: [1], threshold: [2], missing_left: [1], left: [-1], right: [-2], leaves: [0.25, 0.75] }],
};
const path = join(folder, 'model.trees.json');
writeFileSync(path, JSON.stringify(TREES));

const features = ['petal', 'sepal'].map((name) => ({ name, kind: 'numeric' }));
const answer = (sepal: number | null): KnownAnswer => {
  const p = sepal === null || sepal <= 2 ? 0.25 : 0.75;
  return {
    input: { petal: 1, ...(sepal !== null && { sepal }) },
    action: null,
    row: [1, sepal],
    probabilities: [1 - p, p],
  };
};
const GOLDEN = Array.from({ length: 40 }, (_, i) => answer(i === 0 ? null : i / 10));

const register = (description: Record<string, unknown>) =>
  train(
    Array.from({ length: 100 }, (_, i) => ({ flower: i % 2 ? 'aster' : 'bellis', petal: i % 9, sepal: i % 5 })),
    { features },
    {
      backend: 'packed',
      imported: { path, format: 'trees-json', description: ImportDescription.parse(description) },
    },
  );

describe('trees that were packed elsewhere', () => {
  it('become a package that holds what their library answered', async () => {
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const grown = await register({
      golden: GOLDEN,
      library: { name: 'scikit-learn', version: '1.7.2' },
      importance: { petal: 0.25, sepal: 0.75 },
      model: { file: 'model.trees.json', sha256 },
    });
    expect(grown.manifest).toMatchObject({
      backend: 'packed',
      model: { format: 'trees-json', file: 'model.trees.json' },
      library: { name: 'scikit-learn', version: '1.7.2' },
      importance: { petal: 0.25, sepal: 0.75 },
    });
    expect(grown.manifest.warnings).not.toContainEqual(expect.stringContaining('no native library'));
    const { cases } = Golden.parse(JSON.parse(readFileSync(join(grown.workDir, 'golden.json'), 'utf8')));
    expect(cases.slice(0, GOLDEN.length)).toEqual(GOLDEN);
    expect(cases.length).toBeGreaterThan(GOLDEN.length + 12);
  });

  it('may say only the columns of a row, whose raw fields nobody knows', async () => {
    const golden = GOLDEN.map((one) => ({ ...one, input: null }));
    expect((await register({ golden })).manifest.library.name).toBe('packed');
    const [first, ...rest] = golden;
    await expect(register({ golden: [{ ...first, probabilities: [0.7, 0.3] }, ...rest] })).rejects.toThrow(
      /does not answer here as it did where it was trained: row 0: probability of "aster" is 0\.75/,
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no answers', {}, /came with 0 rows that their library has answered, and at least 30 are needed/],
    ['few answers', { golden: GOLDEN.slice(0, 29) }, /came with 29 rows/],
    [
      'another answer',
      { golden: [...GOLDEN.slice(1), { ...answer(3), probabilities: [0.250002, 0.749998] }] },
      /golden case 39: probability of "aster" is 0\.25, the training library gave 0\.250002/,
    ],
    [
      'other columns',
      { golden: [...GOLDEN.slice(1), { ...answer(3), row: [1, 2.5] }] },
      /golden case 39: column sepal is encoded as 3, in training it was 2\.5/,
    ],
    ['another file', { golden: GOLDEN, model: { sha256: 'a'.repeat(64) } }, /they do not belong together/],
    [
      'other names',
      { golden: GOLDEN, columns: ['sepal', 'petal'] },
      /the first that differs is "sepal" instead of "petal"/,
    ],
  ])('are refused with %s', async (_, description, reason) => {
    const failure = await register(description).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TrainingFailure);
    expect(failure).toMatchObject({ reason: expect.stringMatching(reason) });
  });
});
