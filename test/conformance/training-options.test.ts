import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeBackend } from '#contracts/backends';
import { loadEvaluator } from '#models/evaluators/load';
import { locateLibrary } from '#models/native/locate';
import { type Grown, train, wildFlowers } from '#models/training/imported/flowers.fixture';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

beforeAll(() => fetchArtifacts(DEFAULT_HOME));

const library = (backend: 'xgboost' | 'lightgbm'): { library: string } => ({
  library: locateLibrary(describeBackend(backend).library ?? 'xgboost', { env: process.env, home: DEFAULT_HOME }),
});

/** P(bellis) of a petal of middling length, in a meadow of its own. */
function answerOf({ manifest, workDir }: Grown): number {
  const { file } = manifest.model;
  const evaluator = loadEvaluator(manifest, new Map([[file, readFileSync(join(workDir, file))]]));
  const row = Float32Array.from(manifest.columns, (column) => (column === 'petal' ? 1.1 : 0));
  const out = new Float64Array(2);
  evaluator.predictRow(row, 0, out);
  return out[1] ?? Number.NaN;
}

it.each([
  ['xgboost', { booster: 'dart', rate_drop: 0.3 }],
  // Since 3.3 any model whose parameters drop trees is one of weighted trees.
  ['xgboost', { rate_drop: 0.3 }],
  ['lightgbm', { boosting: 'dart', drop_rate: 0.3 }],
] as const)('%s drops trees by %o, keeps every round, and is served as it is', async (backend, dropping) => {
  const hyper_parameters = { rounds: 30, max_depth: 3, ...dropping };
  const { manifest } = await train(
    wildFlowers(1500),
    { backend, hyper_parameters, early_stopping_rounds: 2 },
    library(backend),
  );
  expect(manifest.training_stats.rounds).toBe(30);
});

describe.each(['xgboost', 'lightgbm'] as const)('%s', (backend) => {
  it('stops early, and keeps exactly the rounds up to the best one', async () => {
    const rows = wildFlowers(2000);
    const parameters = { max_depth: 6, learning_rate: 0.3 };
    const early = await train(
      rows,
      { backend, hyper_parameters: { ...parameters, rounds: 300 }, early_stopping_rounds: 10 },
      library(backend),
    );
    const { rounds } = early.manifest.training_stats;
    expect(rounds).toBeLessThan(290);
    const full = await train(
      rows,
      { backend, hyper_parameters: { ...parameters, rounds }, early_stopping_rounds: 0 },
      library(backend),
    );
    expect(full.hashes['golden.json']).toBe(early.hashes['golden.json']);
  });

  it('lets balanced class weights speak for the rarer class', async () => {
    const rows = wildFlowers(3000, 10);
    const changes = { backend, hyper_parameters: { rounds: 20, max_depth: 3 } };
    const plain = await train(rows, changes, library(backend));
    const balanced = await train(rows, { ...changes, class_weights: 'balanced' }, library(backend));
    expect(answerOf(balanced)).toBeGreaterThan(answerOf(plain) + 0.2);
  });

  it('finds the same hyper-parameters twice', async () => {
    const rows = wildFlowers(1500);
    const first = await train(rows, { backend }, { ...library(backend), tune: 5 });
    expect(first.manifest.tuning?.validation_loss).toBeLessThanOrEqual(first.manifest.tuning?.definition_loss ?? 0);
    expect((await train(rows, { backend }, { ...library(backend), tune: 5 })).hashes).toEqual(first.hashes);
  });
});
