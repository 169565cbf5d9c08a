import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { outcomeOf, VersionCases } from '#models/evaluators/reading/version-cases';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { PACKED_LIBRARIES, pythonWith } from './python.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'ratchet-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SCRIPT = join(import.meta.dirname, 'models/packed.py');
const FIXTURES = join(REPOSITORY, 'libs/models/evaluators/fixtures/packed');
const SEED = process.env.RATCHET_SEED ?? '1';
const MODELS = process.env.RATCHET_MODELS ?? '315';

/** With RATCHET_FIXTURES set, the small models of the unit tests are made anew as well. */
it(`random estimators that ratchet-model took apart are answered as their libraries do (seed ${SEED})`, async () => {
  const python = await pythonWith(PACKED_LIBRARIES, 'venv-packed');
  const options = {
    maxBuffer: 2 ** 26,
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONPATH: join(REPOSITORY, 'clients/python/src') },
  };
  if (process.env.RATCHET_FIXTURES) await run(python, [SCRIPT, FIXTURES, '--small'], options);
  await run(python, [SCRIPT, folder, '--models', MODELS, '--seed', SEED], options);
  let seen = 0;
  for (const file of readdirSync(folder)) {
    const { versions, cases } = VersionCases.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    let largest = 0;
    for (const one of cases) {
      const outcome = await outcomeOf(one);
      const difference = 'difference' in outcome ? outcome.difference : outcome.refused;
      expect(difference, `${one.kind}, ${one.file}, seed ${SEED}`).toBeLessThanOrEqual(1e-6);
      largest = Math.max(largest, Number(difference));
    }
    seen += cases.length;
    console.log(versions, `${cases.length} models, largest difference ${largest}`);
  }
  expect(seen).toBeGreaterThan(Number(MODELS) * 0.9);
}, 900_000);
