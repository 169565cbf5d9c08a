import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readVersionFile } from '#models/evaluators/reading/version-cases';
import { locateLibrary } from '#models/native/locate';
import { train } from '#models/training/imported/flowers.fixture';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';

vi.setConfig({ testTimeout: 600_000 });

const FIXTURES = join(import.meta.dirname, '../../libs/models/evaluators/fixtures/versions');
const folder = mkdtempSync(join(tmpdir(), 'ratchet-registered-'));
beforeAll(() => fetchArtifacts(DEFAULT_HOME));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = ['aster', 'bellis', 'crocus', 'daisy', 'erica'];

/** A package is made only if the evaluator gives what the native library gives for its golden rows. */
it.each([
  'xgboost-1.7.6.json.gz',
  'xgboost-2.1.4.json.gz',
  'xgboost-3.2.0.json.gz',
  'xgboost-3.4.0.json.gz',
  'lightgbm-3.3.5.json.gz',
  'lightgbm-4.7.0.json.gz',
])('every kind of %s that the reader accepts becomes a package by the library that npm start fetches', async (file) => {
  const { cases } = await readVersionFile(join(FIXTURES, file));
  const models = cases.filter(({ rows }) => rows !== undefined);
  expect(models.length).toBeGreaterThan(15);
  for (const { kind, format, content = '', width = 0, classes = 0 } of models) {
    const path = join(folder, 'model');
    writeFileSync(path, Buffer.from(content, 'base64'));
    const names = NAMES.slice(0, classes);
    const features = Array.from({ length: width }, (_, i) => ({ name: `f${i}`, kind: 'numeric' }));
    const rows = Array.from({ length: 60 }, (_, r) => ({
      flower: names[r % classes],
      ...Object.fromEntries(features.map(({ name }, i) => [name, ((r * 7 + i * 3) % 11) / 3 - 1])),
    }));
    const library = format === 'lightgbm-text' ? 'lightgbm' : 'xgboost';
    const grown = await train(
      rows,
      { features, classes: names, backend: library },
      {
        imported: { path, format, description: {} },
        library: locateLibrary(library, { env: process.env, home: DEFAULT_HOME }),
        // A few rows of small trees: threads would mostly wait for each other.
        threads: 1,
      },
    );
    expect(grown.manifest.model, kind).toEqual(
      kind.startsWith('early stopping')
        ? { format: 'xgboost-json', file: 'model.xgb.json', rounds: 1 }
        : expect.not.objectContaining({ rounds: expect.anything() }),
    );
    rmSync(grown.workDir, { recursive: true });
  }
});
