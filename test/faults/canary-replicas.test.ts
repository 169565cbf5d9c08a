import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { CanaryStatus } from '#contracts/http/rollout';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { freePorts } from '../../deploy/local/ports.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { FakeInstance } from '../e2e/fake-instance.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { useStack } from '../stack/use-stack.js';
import { ServiceProcess } from './service-process.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-models-'));
const delivered = readFileSync(join(REPOSITORY, 'deploy/models', `${DEFAULT_MODEL}.yaml`), 'utf8');
writeFileSync(
  join(folder, `${DEFAULT_MODEL}.yaml`),
  delivered.replace(/^canary:.*$/m, 'canary: { steps: [10, 25, 50, 100], step_minutes: 0, minimum_outcomes: 100 }'),
);

const stack = useStack('canary-replicas', { services: [] });
const base = `/v1/models/${DEFAULT_MODEL}`;
let services: ServiceProcess[];
let registry: RegistryClient;
let instance: FakeInstance;

const status = () => registry.get(ModelStatus, base);
const canary = async () => (await registry.get(CanaryStatus, `${base}/canary`)).canary;

beforeAll(async () => {
  const { kafka, logger } = stack();
  const env = { MODELS_DIR: folder, CANARY_CHECK_SECONDS: '0.02', PRESENCE_SECONDS: '60' };
  services = (await freePorts(3)).map((port) => new ServiceProcess(stack(), 'registry', port, env));
  await Promise.all(services.map((service) => service.start()));
  registry = new RegistryClient(services[0]?.url ?? '', stack().token);
  instance = await new FakeInstance(kafka, 'serving-a').start();
  await until('the instance to be seen', async () => (await status()).instances.length === 1);
  const producer = new EventProducer({ kafka, source: 'test', logger });
  for (const name of ['one', 'two', 'three'])
    await producer.publish('model.evaluated', evaluated(trained(name), 'pass'));
  await producer.disconnect();
  await until('three versions', async () => (await status()).versions === 3);
  await registry.command('deploy', { version: 'v1.0.0', reason: 'the first' });
  await until('it to be live', async () => (await status()).deployment === null && (await status()).live !== null);
});

afterAll(async () => {
  await instance?.stop();
  for (const service of services ?? []) await service.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** What the evaluator would have counted by now. */
async function count(version: string, role: 'live' | 'canary', outcomes: number, failures: number): Promise<void> {
  await stack().query(
    `insert into evaluation.accuracy_windows (model, version, role, window_start, outcomes, correct, failures)
     values ($1, $2, $3, date_trunc('minute', now()) + interval '1 minute', $4, 0, $5)
     on conflict (model, version, role, window_start) do update
     set outcomes = accuracy_windows.outcomes + excluded.outcomes, failures = accuracy_windows.failures + excluded.failures`,
    [DEFAULT_MODEL, version, role, outcomes, failures],
  );
}

const OwnSteps = z.array(z.object({ actor: z.string(), action: z.string() }));
const audited = async (): Promise<z.infer<typeof OwnSteps>> =>
  OwnSteps.parse(
    await stack().query(`select actor, action from registry.audit where actor = 'canary' order by sequence`),
  );

/** Deploys, and returns when the canary has its first share on every instance. */
async function begin(version: string): Promise<string> {
  const { deployment_id } = await registry.command('deploy', { version, reason: 'try it' });
  await until('the canary to begin', async () => (await canary())?.version === version);
  return deployment_id;
}

const percents = ({ steps }: Deployment): number[] => (steps ?? []).map(({ percent }) => percent);

describe('a canary under three registries', () => {
  it('is taken back at its first step when it is worse, once, and what is live stays', async () => {
    const deployment = await begin('v1.1.0');
    await count('v1.0.0', 'live', 4500, 1800);
    await count('v1.1.0', 'canary', 500, 300);
    await until('it to be taken back', async () => (await registry.deployment(deployment)).finished_at !== null);
    const ended = await registry.deployment(deployment);
    expect(ended).toMatchObject({ state: 'failed', trigger: 'operator', to_version: 'v1.1.0' });
    expect(ended.failure).toMatch(/fails more often than the live version: failure rate 60.0 % of 500 against 40.0 %/);
    expect(percents(ended)).toEqual([10]);
    expect(instance.seen.map(({ canary: share }) => share?.percent).filter(Boolean)).toEqual([10]);
    expect(await status()).toMatchObject({ live: { version: 'v1.0.0' }, canary: null });
    // The packages here are names only, which the backups notice as well.
    expect((await status()).alerts.map(({ alert }) => alert)).toContain('deployment-failed');
    expect(await audited()).toEqual([{ actor: 'canary', action: 'canary.aborted' }]);
  });

  it('takes one step for the outcomes of one step, though all of them look all the time', async () => {
    const deployment = await begin('v1.2.0');
    for (const [percent, next] of [
      [10, 25],
      [25, 50],
    ] as const) {
      expect((await canary())?.percent).toBe(percent);
      await count('v1.2.0', 'canary', 600, 150);
      await until(`${next} %`, async () => (await canary())?.percent === next);
      await until('it to wait for the outcomes of the next step', async () =>
        (await canary())?.reasons.join(' ').includes('0 of 100 outcomes'),
      );
    }
    await count('v1.2.0', 'canary', 600, 150);
    await until('it to be live', async () => (await status()).live?.version === 'v1.2.0');
    await until('the end', async () => (await registry.deployment(deployment)).state === 'done');
    const ended = await registry.deployment(deployment);
    expect(percents(ended)).toEqual([10, 25, 50, 100]);
    expect(ended.steps?.map(({ outcomes_before }) => outcomes_before)).toEqual([0, 600, 1200, 1800]);
    expect((await audited()).map(({ action }) => action)).toEqual([
      'canary.aborted',
      'canary.advanced',
      'canary.advanced',
      'deployment.promoted',
    ]);
  });

  it('is moved and taken back by an operator, with a reason and for the generation that was meant', async () => {
    await registry.command('deploy', { version: 'v1.1.0', reason: 'once more' });
    await until('the canary to begin', async () => (await canary())?.version === 'v1.1.0');
    const { generation } = await registry.get(CanaryStatus, `${base}/canary`);
    const answers = await Promise.all(
      services.map(({ url }) =>
        new RegistryClient(url, stack().token).request('POST', `${base}/canary/advance`, {
          reason: 'in a hurry',
          expected_generation: generation,
        }),
      ),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409, 409]);
    expect(await canary()).toMatchObject({
      percent: 25,
      steps: [{ percent: 10 }, { percent: 25, reason: 'in a hurry' }],
    });
    expect((await registry.request('POST', `${base}/canary/abort`, {})).status).toBe(400);
    const aborted = await registry.request('POST', `${base}/canary/abort`, { reason: 'seen enough' });
    expect(aborted).toMatchObject({ status: 202, body: { version: 'v1.1.0', percent: 0 } });
    expect(await status()).toMatchObject({ live: { version: 'v1.2.0' }, canary: null });
    expect((await registry.request('POST', `${base}/canary/abort`, { reason: 'again' })).status).toBe(409);
  });
});
