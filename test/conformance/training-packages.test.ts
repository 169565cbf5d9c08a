import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBackend } from '#contracts/backends';
import { type Backend, ModelDefinition } from '#contracts/model-definition';
import { Golden, Manifest } from '#contracts/model-package';
import { seededRandom } from '#domain/statistics/random';
import { verifyGolden } from '#models/evaluators/golden';
import { loadEvaluator } from '#models/evaluators/load';
import { locateLibrary } from '#models/native/locate';
import type { TrainingResult } from '#models/training/process/job';
import { TrainingProcess } from '#models/training/process/training-process';
import { copyLine } from '#models/training/rows/copy-line.fixture';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { pythonWith, TREE_LIBRARIES } from './python.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'ratchet-packages-'));
let python = '';

beforeAll(async () => {
  python = await pythonWith(TREE_LIBRARIES);
  await fetchArtifacts(DEFAULT_HOME);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Which action works where, with missing values, text for numbers and a hundred domains. */
const ACTIONS = ModelDefinition.parse({
  name: 'sample-actions',
  kind: 'action-outcome',
  actions: ['comment', 'forum', 'guest'],
  features: [
    { name: 'da', kind: 'numeric' },
    { name: 'pa', kind: 'numeric', fill: 'median', missing_indicator: true },
    { name: 'login', kind: 'boolean' },
    { name: 'type', kind: 'categorical' },
    { name: 'domain', kind: 'derived-from-url', derive: 'domain', one_hot_limit: 10 },
    { name: 'tld', kind: 'derived-from-url', derive: 'tld' },
  ],
  hyper_parameters: { rounds: 40, max_depth: 5 },
  minimum_rows: 100,
});

/** Another field altogether: which of three penguins it is. */
const PENGUINS = ModelDefinition.parse({
  name: 'penguin-species',
  kind: 'multi-class',
  label: 'species',
  classes: ['Adelie', 'Chinstrap', 'Gentoo'],
  features: [
    { name: 'bill length (mm)', kind: 'numeric' },
    { name: 'bill "depth"', kind: 'numeric', fill: 'mean' },
    { name: 'island', kind: 'categorical' },
    { name: 'female', kind: 'boolean', fill: 'mode' },
  ],
  class_weights: 'balanced',
  hyper_parameters: { rounds: 30 },
  minimum_rows: 100,
});

function actionRows(count: number): string[] {
  const random = seededRandom(3);
  return Array.from({ length: count }, (_, i) => {
    const da = Math.floor(random() * 100);
    const action = ACTIONS.kind === 'action-outcome' ? (ACTIONS.actions[Math.floor(random() * 3)] ?? '') : '';
    const type = ['comment', 'forum', 'guest'][Math.floor(random() * 3)];
    const features = {
      da: random() < 0.1 ? null : random() < 0.5 ? String(da) : da,
      pa: random() < 0.3 ? '' : Math.floor(random() * 100) / 4,
      login: random() < 0.2 ? undefined : random() < 0.5,
      type: random() < 0.1 ? null : type,
      url: `https://site${Math.floor(random() * 100)}.example.${['org', 'com', 'dev'][i % 3]}/a`,
    };
    const success = da / 100 + (type === action ? 0.5 : 0) + random() * 0.5 > 0.9;
    return copyLine([
      `t${i}`,
      '2026-01-01 00:00:00',
      action,
      String(success),
      null,
      null,
      null,
      JSON.stringify(features),
    ]);
  });
}

function penguinRows(count: number): string[] {
  const random = seededRandom(4);
  return Array.from({ length: count }, (_, i) => {
    const kind = random() < 0.5 ? 0 : random() < 0.5 ? 1 : 2;
    const features = {
      species: ['Adelie', 'Chinstrap', 'Gentoo'][kind],
      'bill length (mm)': random() < 0.1 ? null : 38 + kind * 5 + random() * 6,
      'bill "depth"': random() < 0.1 ? null : 19 - kind * 1.5 + random() * 3,
      island: ['Torgersen', 'Biscoe', 'Dream'][random() < 0.7 ? kind : Math.floor(random() * 3)],
      female: random() < 0.5,
    };
    return copyLine([`p${i}`, '2026-01-01 00:00:00', null, null, null, null, null, JSON.stringify(features)]);
  });
}

async function train(name: string, definition: ModelDefinition, backend: Backend, rows: string[], threads = 2) {
  const workDir = join(folder, name);
  mkdirSync(workDir);
  writeFileSync(join(workDir, 'rows.copy'), rows.join(''));
  const needed = describeBackend(backend).library;
  const result = await new TrainingProcess({ threads, memoryMb: 2048 }).run(
    {
      definition,
      backend,
      source: { kind: 'copied', files: [join(workDir, 'rows.copy')] },
      query: 'select …',
      workDir,
      library: needed && locateLibrary(needed, { env: process.env, home: DEFAULT_HOME }),
    },
    { report: () => undefined, snapshot: () => undefined },
  );
  return { workDir, result };
}

const hashes = ({ files }: TrainingResult) =>
  Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );

describe.each([
  ['xgboost', ACTIONS, actionRows(3000), 0.75],
  ['xgboost', PENGUINS, penguinRows(900), 0.85],
  ['lightgbm', ACTIONS, actionRows(3000), 0.75],
  ['lightgbm', PENGUINS, penguinRows(900), 0.85],
  ['random-forest', ACTIONS, actionRows(3000), 0.75],
  ['random-forest', PENGUINS, penguinRows(900), 0.85],
] as const)('a package by %s of %o', (backend, definition, rows, accuracy) => {
  it(`answers in Python and in serving what the library answered (${definition.name})`, async () => {
    const { workDir, result } = await train(`${backend}-${definition.name}`, definition, backend, [...rows]);
    expect(result.stats.val_accuracy).toBeGreaterThan(accuracy);
    const { stdout } = await run(python, [join(import.meta.dirname, 'check_package.py'), workDir]);
    const said: { cases: number; difference: number } = JSON.parse(stdout);
    expect(said.cases).toBeGreaterThanOrEqual(30);
    expect(said.difference).toBeLessThan(1e-6);

    const json = (name: string): unknown => JSON.parse(readFileSync(join(workDir, name), 'utf8'));
    const manifest = Manifest.parse(json('manifest.json'));
    const file = manifest.model.file;
    const evaluator = loadEvaluator(manifest, new Map([[file, readFileSync(join(workDir, file))]]));
    expect(verifyGolden(manifest, evaluator, Golden.parse(json('golden.json'))).cases).toBe(said.cases);

    const shuffled = [...rows].reverse();
    const again = await train(`${backend}-${definition.name}-again`, definition, backend, shuffled);
    expect(hashes(again.result)).toEqual(hashes(result));
  });
});
