import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { outcomeOf, VersionCases } from '#models/evaluators/reading/version-cases';
import { locateLibrary } from '#models/native/locate';
import { XGBoost } from '#models/native/xgboost';
import { fetchArtifacts } from '../../deploy/local/fetch/artifacts.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { pythonWith } from './python.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'ratchet-versions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SCRIPT = join(import.meta.dirname, 'models/matrix.py');
const FIXTURES = join(import.meta.dirname, '../../libs/models/evaluators/fixtures/versions');
const SEED = process.env.RATCHET_SEED ?? '1';
/** Of each library and version; ten of them make the 400 of a run. */
const MODELS = process.env.RATCHET_MODELS ?? '40';

/** Old releases want an old numpy; each set is a Python environment of its own. */
const SETS = [
  ['models-1.7', ['xgboost==1.7.6', 'lightgbm==3.3.5', 'numpy==1.26.4', 'scipy==1.11.4', 'scikit-learn==1.3.2']],
  ['models-2.1', ['xgboost==2.1.4', 'lightgbm==4.1.0', 'numpy==1.26.4']],
  ['models-3.2', ['xgboost==3.2.0', 'lightgbm==4.6.0']],
  ['models-4.3', ['lightgbm==4.3.0', 'numpy==1.26.4']],
  ['models-4.5', ['lightgbm==4.5.0', 'numpy==1.26.4']],
  ['models-4.7', ['lightgbm==4.7.0']],
] as const;

/** With RATCHET_FIXTURES set, the small models of the unit tests are made anew as well. */
async function compare(python: string, name: string, options: readonly string[]): Promise<void> {
  if (process.env.RATCHET_FIXTURES)
    for (const library of ['xgboost', 'lightgbm'])
      await run(python, [SCRIPT, FIXTURES, '--small', '--library', library, ...options]).catch(() => undefined);
  const made = join(folder, name);
  await run(python, [SCRIPT, made, '--models', MODELS, '--seed', SEED, '--rows', '300', ...options], {
    maxBuffer: 2 ** 28,
  });
  const { versions, cases } = VersionCases.parse(JSON.parse(readFileSync(join(made, 'cases.json'), 'utf8')));
  let largest = 0;
  for (const one of cases) {
    const outcome = await outcomeOf(one, made);
    const what = `${one.kind}, ${one.file}, seed ${SEED}`;
    if (one.rows === undefined) expect(outcome, what).toHaveProperty('refused');
    else {
      const difference = 'difference' in outcome ? outcome.difference : outcome.refused;
      expect(difference, what).toBeLessThanOrEqual(1e-6);
      largest = Math.max(largest, Number(difference));
    }
  }
  expect(cases.length).toBeGreaterThan(Number(MODELS));
  console.log(versions, `${cases.length} files, largest difference ${largest}`);
}

it.each(SETS)(
  'random models of %s are answered as their libraries do',
  async (name, packages) => {
    await compare(await pythonWith(packages, name), name, []);
  },
  900_000,
);

it('random models of the library that npm start fetches are answered as it does', async () => {
  await fetchArtifacts(DEFAULT_HOME);
  const file = locateLibrary('xgboost', { env: process.env, home: DEFAULT_HOME });
  const python = await pythonWith(['xgboost==3.2.0', 'lightgbm==4.6.0'], 'models-3.2');
  const { version } = XGBoost.open(file);
  await compare(python, 'shipped', ['--library', 'xgboost', '--xgboost-library', file, '--xgboost-version', version]);
}, 900_000);
