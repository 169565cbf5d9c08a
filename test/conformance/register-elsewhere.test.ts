import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defineAll, modelsOf, servedDifference } from '../e2e/elsewhere.js';
import { useStack } from '../stack/use-stack.js';
import { pythonWith, TREE_LIBRARIES } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-elsewhere-'));
const models = join(folder, 'models');
mkdirSync(models);

beforeAll(async () => {
  const python = await pythonWith([...TREE_LIBRARIES, 'pandas==2.3.3'], 'venv');
  const script = join(import.meta.dirname, '../e2e/elsewhere/train.py.py');
  await promisify(execFile)(python, [script, folder, '--rows', '1000']);
  defineAll(modelsOf(folder), models);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true }));

const env = { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2' };
const stack = useStack('register-elsewhere', {
  services: ['registry', 'trainer', 'evaluator', 'serving-1'],
  env: { '*': env },
});

it.each(['binary.json', 'binary.ubj', 'binary.txt', 'multi.json', 'multi.ubj', 'multi.txt'])(
  'a model trained in Python now, %s, is registered and serves the probabilities that Python gives',
  async (file) => {
    const model = modelsOf(folder).find((one) => one.file === file);
    if (!model) throw new Error(`train.py wrote no ${file}`);
    expect(await servedDifference(stack(), folder, model)).toBeLessThan(1e-6);
  },
);
