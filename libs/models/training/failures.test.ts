import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelDefinition } from '#contracts/model-definition';
import { Manifest } from '#contracts/model-package';
import { TrainingFailure } from './failure.js';
import { runTraining } from './train.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-failures-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Which of two flowers it is, by the length of a petal and the meadow it grew in. */
const FLOWERS = {
  name: 'flowers',
  kind: 'multi-class',
  label: 'flower',
  classes: ['aster', 'bellis'],
  features: [
    { name: 'petal', kind: 'numeric' },
    { name: 'meadow', kind: 'categorical' },
  ],
  backend: 'ml-xgboost',
  hyper_parameters: { rounds: 5, max_depth: 3 },
  minimum_rows: 50,
};
type Flower = Record<string, unknown>;

const flower = (i: number): Flower => ({
  flower: i % 2 === 0 ? 'aster' : 'bellis',
  petal: (i % 2) * 3 + (i % 7) / 2,
  meadow: `m${i % 4}`,
});

let run = 0;
async function train(rows: Flower[], changes: Record<string, unknown> = {}) {
  const workDir = join(folder, String(run++));
  mkdirSync(workDir);
  const path = join(workDir, 'rows.csv');
  const quoted = (value: unknown) => `"${JSON.stringify(value).replaceAll('"', '""')}"`;
  writeFileSync(path, rows.map((row, i) => `t${i},2026-01-01 00:00:00,,,,,,${quoted(row)}\n`).join(''));
  const definition = ModelDefinition.parse({ ...FLOWERS, ...changes });
  const { backend } = definition;
  const result = await runTraining(
    {
      definition,
      backend,
      source: { kind: 'csv', path },
      query: null,
      workDir,
      threads: 2,
      memoryMb: 1024,
      library: null,
    },
    { report: () => undefined, snapshot: () => undefined },
  );
  return Manifest.parse(JSON.parse(readFileSync(result.files['manifest.json'] ?? '', 'utf8')));
}

const rowsOf = (count: number, of: (i: number) => Flower = flower): Flower[] =>
  Array.from({ length: count }, (_, i) => of(i));

describe('a training that cannot work', () => {
  it.each([
    ['no rows', [], {}, /There are no rows of "flowers"/, /ratchet import/],
    ['too few rows', rowsOf(20), {}, /20 rows .* minimum_rows of 50/, /lower minimum_rows in deploy\/models\/flowers/],
    [
      'one class only',
      rowsOf(300, (i) => ({ ...flower(i), flower: 'aster' })),
      {},
      /Every one of the \d+ training rows of "flowers" is "aster"/,
      /import some/,
    ],
    [
      'labels that the definition does not know',
      rowsOf(300, (i) => ({ ...flower(i), flower: 'tulip' })),
      {},
      /None of the 300 rows .* one that is not among its classes/,
      /Correct label and classes/,
    ],
    [
      'nothing but constant features',
      rowsOf(300, (i) => ({ flower: flower(i).flower, petal: 2, meadow: 'm1' })),
      {},
      /Every feature of "flowers" has one value only/,
      /Compare the names and kinds/,
    ],
    [
      'fields that are not in the data',
      rowsOf(300, (i) => ({ flower: flower(i).flower, length: i })),
      {},
      /Every feature of "flowers" has one value only/,
      /Compare the names and kinds/,
    ],
    [
      'a parameter that is not the definition’s to set',
      rowsOf(300),
      { hyper_parameters: { seed: 3 } },
      /sets seed, which Ratchet sets itself/,
      /Remove it/,
    ],
    [
      'a native back end without a library',
      rowsOf(300),
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
    const manifest = await train(rowsOf(300, (i) => ({ ...flower(i), meadow: 'm1' })));
    expect(manifest.warnings).toContain(
      'The feature "meadow" has the same value in every training row and teaches nothing.',
    );
    expect(manifest.training_stats.val_accuracy).toBeGreaterThan(0.7);
  });

  it('puts ten thousand categories into one column, and warns that they look like identifiers', async () => {
    const manifest = await train(rowsOf(12_000, (i) => ({ ...flower(i), meadow: `meadow ${i % 10_000}` })));
    expect(manifest.columns).toEqual(['petal', 'meadow']);
    const [, meadow] = manifest.encoders;
    expect(meadow).toMatchObject({ encoding: 'ordinal' });
    expect(manifest.warnings).toContainEqual(
      expect.stringMatching(/"meadow" has \d{4} different values .* identifier/),
    );
  });
});
