import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PackageStore } from '#artifacts/package-store';
import { type Lease, LeaseTaken } from '#contracts/http/leases';
import { Uploaded } from '#contracts/http/packages';
import { VersionSummary } from '#contracts/http/versions';
import { Manifest } from '#contracts/model-package';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { RegistryClient } from './registry-client.js';
import { Asker, addTasks, artifactsOf, endOf, runOf } from './trainer-world.js';

const env = { SCHEDULE_POLL_MS: '3600000', TRAINING_THREADS: '2' };
const stack = useStack('external-trainer', {
  services: ['registry', 'trainer', 'evaluator', 'serving-1'],
  env: { '*': env },
});
let registry: RegistryClient;
let trainer: RegistryClient;
let asker: Asker;
/** A model and how its columns are made, as somebody else trained it. */
let model: { file: Buffer; description: unknown };

beforeAll(async () => {
  registry = new RegistryClient(stack().urls.registry, stack().token);
  trainer = new RegistryClient(stack().urls.trainer, stack().token);
  asker = new Asker(stack());
  await addTasks(stack(), 1, 4000);
  const first = await asker.train({ auto_deploy: false });
  const files = await new PackageStore(artifactsOf(stack())).read(first.digest ?? '');
  const { encoders, columns } = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
  model = { file: files.get('model.xgb.json') ?? Buffer.alloc(0), description: { encoders, columns } };
});
afterAll(() => asker?.close());

const requestExternal = async (): Promise<string> => {
  const request_id = randomUUID();
  const path = `/v1/models/${DEFAULT_MODEL}/retrain`;
  const { status } = await registry.request('POST', path, { request_id, engine: 'external', auto_deploy: false });
  expect(status).toBe(202);
  return request_id;
};

const take = async (seconds = 60): Promise<Lease> =>
  until('a run to be lent', async () => {
    const { status, body } = await trainer.request('POST', '/v1/training/leases', { lease_seconds: seconds });
    expect(status).toBe(200);
    return LeaseTaken.parse(body).lease;
  });

const tell = (lease: Lease, what: string, body: unknown) =>
  trainer.request('POST', `/v1/training/leases/${lease.lease_id}/${what}`, body);

async function upload(): Promise<string> {
  const response = await fetch(`${stack().urls.registry}/v1/models/${DEFAULT_MODEL}/uploads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack().token}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(model.file),
  });
  return Uploaded.parse(await response.json()).digest;
}

const completion = async () => ({
  upload: await upload(),
  format: 'xgboost-json',
  description: model.description,
});

describe('a run for external trainers', () => {
  it('is lent with its rows, told of, and its model packaged on those rows, judged and versioned', async () => {
    const request = await requestExternal();
    const lease = await take();
    expect(lease).toMatchObject({ request_id: request, model: DEFAULT_MODEL, attempts: 1, snapshot: { rows: 4000 } });
    const rows = await fetch(`${stack().urls.trainer}/v1/training/leases/${lease.lease_id}/snapshot`, {
      headers: { authorization: `Bearer ${stack().token}` },
    });
    expect(
      Buffer.from(await rows.arrayBuffer())
        .subarray(0, 4)
        .toString(),
    ).toBe('PAR1');
    expect(await tell(lease, 'heartbeat', { progress: 0.5, message: 'round 1 of 2' })).toMatchObject({ status: 200 });
    expect(await runOf(stack(), request)).toMatchObject({
      state: 'running',
      engine: 'external',
      progress: 0.5,
      message: 'round 1 of 2',
    });
    // Rows that come later are no rows of this model.
    await addTasks(stack(), 4001, 4050);
    const body = await completion();
    const answers = await Promise.all([tell(lease, 'complete', body), tell(lease, 'complete', body)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const run = await endOf(stack(), request);
    expect(run).toMatchObject({ state: 'done', failure: null });
    expect(await tell(lease, 'complete', body)).toMatchObject({ status: 202 });
    const files = await new PackageStore(artifactsOf(stack())).read(run.digest ?? '');
    const manifest = Manifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(manifest.snapshot).toMatchObject({ hash: lease.snapshot.hash, rows: 4000 });
    await until('the version to be judged', async () =>
      (await registry.get(z.array(VersionSummary), `/v1/models/${DEFAULT_MODEL}/versions`)).find(
        ({ digest, verdict }) => digest === run.digest && verdict !== null,
      ),
    );
  });

  it('goes to another trainer when the first is not heard of, whose late answer changes nothing', async () => {
    const request = await requestExternal();
    const dead = await take(5);
    const next = await take();
    expect(next).toMatchObject({ request_id: request, attempts: 2, snapshot: dead.snapshot });
    const body = await completion();
    for (const [what, late] of [
      ['heartbeat', { message: 'still there' }],
      ['complete', body],
      ['fail', { reason: 'too late' }],
    ] as const)
      expect(await tell(dead, what, late)).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('was given back to the queue') },
      });
    expect(await runOf(stack(), request)).toMatchObject({ state: 'running' });
    expect(await tell(next, 'complete', body)).toMatchObject({ status: 202 });
    expect(await endOf(stack(), request)).toMatchObject({ failure: null, state: 'done' });
  });

  it('can be cancelled, which its trainer hears', async () => {
    const request = await requestExternal();
    const lease = await take();
    const path = `/v1/runs/${lease.run_id}/cancel`;
    expect(await registry.request('POST', path, { reason: 'not now' })).toMatchObject({ status: 202 });
    expect(await endOf(stack(), request)).toMatchObject({ state: 'cancelled' });
    const detail = expect.stringContaining('was cancelled by local: not now. Stop training.');
    expect(await tell(lease, 'heartbeat', {})).toMatchObject({ status: 409, body: { detail } });
    expect(await tell(lease, 'complete', await completion())).toMatchObject({ status: 409, body: { detail } });
  });

  it('fails with the sentence that its trainer gives, once', async () => {
    const request = await requestExternal();
    const lease = await take();
    const reason = 'The GPU is out of memory.';
    expect(await tell(lease, 'fail', { reason })).toMatchObject({ status: 200 });
    expect(await endOf(stack(), request)).toMatchObject({ state: 'failed', failure: reason });
    expect(await tell(lease, 'fail', { reason })).toMatchObject({ status: 409 });
  });

  it('is refused a model that was not uploaded, and fails of one that does not fit', async () => {
    const request = await requestExternal();
    const lease = await take();
    const body = await completion();
    const absent = `sha256:${'0'.repeat(64)}`;
    expect(await tell(lease, 'complete', { ...body, upload: absent })).toMatchObject({ status: 404 });
    expect(await tell(lease, 'complete', { ...body, description: {} })).toMatchObject({ status: 202 });
    expect(await endOf(stack(), request)).toMatchObject({ state: 'failed', stage: 'prepare' });
    const other = randomUUID();
    expect(await trainer.request('POST', `/v1/training/leases/${other}/heartbeat`, {})).toMatchObject({ status: 404 });
  });
});
