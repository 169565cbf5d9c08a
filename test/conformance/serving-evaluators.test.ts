import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareCase, readCases } from '#models/evaluators/cases';
import { pythonWith, TREE_LIBRARIES } from './python.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratchet-models-'));
  const python = await pythonWith(TREE_LIBRARIES);
  await promisify(execFile)(python, [join(import.meta.dirname, 'models', 'train.py'), folder, '--rows', '4000']);
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

it('models trained in Python give the same probabilities here, over thousands of odd rows', async () => {
  const { cases, versions } = await readCases(folder);
  expect(cases.length).toBeGreaterThanOrEqual(42);
  const report = await Promise.all(cases.map(async (one) => ({ file: one.file, ...(await compareCase(folder, one)) })));
  console.log(versions);
  console.table(report);
  for (const { file, batch, single, contributions } of report) {
    expect(batch, `${file}, as a batch`).toBeLessThanOrEqual(1e-6);
    expect(single, `${file}, row by row`).toBeLessThanOrEqual(1e-6);
    expect(contributions, `${file}, contributions`).toBeLessThanOrEqual(1e-5);
  }
});
