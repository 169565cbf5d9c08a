import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ModelStatus } from '#contracts/http/models';
import { Run } from '#contracts/http/runs';
import { VersionDetail } from '#contracts/http/versions';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { INSERT_APPLES } from '../e2e/elsewhere.js';
import { RegistryClient } from '../e2e/registry-client.js';
import { useStack } from '../stack/use-stack.js';
import { pythonWith, TRAINER_LIBRARIES } from './python.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-external-'));
const models = join(folder, 'models');
mkdirSync(models);
const CLASSES = ['cider', 'dessert', 'storage'];
writeFileSync(
  join(models, 'apples.yaml'),
  stringify({
    name: 'apples',
    kind: 'multi-class',
    label: 'use',
    classes: CLASSES,
    features: [
      { name: 'weight', kind: 'numeric' },
      { name: 'sugar content', kind: 'numeric' },
      { name: 'red', kind: 'boolean' },
      { name: 'region', kind: 'categorical' },
    ],
    hyper_parameters: { rounds: 40, max_depth: 4, learning_rate: 0.2 },
    training: { engine: 'external' },
    schedule: '',
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

const stack = useStack('external-trainer-python', {
  services: ['registry', 'trainer', 'evaluator', 'serving-1'],
  env: { '*': { MODELS_DIR: models, SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2' } },
});

it("the documented trainer's model goes live by the same gate", async () => {
  const python = await pythonWith(TRAINER_LIBRARIES, 'venv-trainer');
  await stack().query(INSERT_APPLES, ['apples', CLASSES]);
  const { urls, token } = stack();
  const trainer = spawn(python, [join(REPOSITORY, 'clients/python/trainer.py')], {
    env: { ...process.env, TRAINER_URL: urls.trainer, RATCHET_URL: urls.registry, RATCHET_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  createInterface({ input: trainer.stdout }).on('line', (line) => said.push(line));
  try {
    const { code, stdout, stderr } = await stack().cli('retrain', '--model', 'apples', '--wait', '--json');
    expect({ code, stderr, said }).toMatchObject({ code: 0 });
    const { run } = z.object({ run: Run }).parse(JSON.parse(stdout));
    expect(run).toMatchObject({ state: 'done', engine: 'external', verdict: 'pass', version: 'v1.0.0' });
    expect(said).toContain(JSON.stringify({ trained: run.run_id }).replace(':', ': '));
    const registry = new RegistryClient(urls.registry, token, 'apples');
    const detail = await registry.get(VersionDetail, '/v1/models/apples/versions/v1.0.0');
    expect(detail).toMatchObject({ created_by: 'import', digest: run.digest });
    expect(detail.evaluation_metrics.accuracy).toBeGreaterThan(0.8);
    // A verdict comes before the deployment that it lets through; one that has ended is no longer told of.
    const live = await until('the version to be live', async () => {
      const { live, deployment } = await registry.get(ModelStatus, '/v1/models/apples');
      return deployment === null || deployment.finished_at !== null ? live : null;
    });
    expect(live).toMatchObject({ version: 'v1.0.0', digest: run.digest });
    const answer = await fetch(`${stack().serving[0]}/v2/models/apples/versions/v1.0.0`);
    expect(answer.status).toBe(200);
  } finally {
    trainer.kill();
  }
}, 600_000);
