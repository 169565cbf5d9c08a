import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { hexOf, PackageStore } from '#artifacts/package-store';
import { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { Backup, RestoreAccepted } from '#contracts/http/backups';
import { DrillAccepted } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { FakeInstance } from './fake-instance.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const second = await mkdtemp(join(tmpdir(), 'ratchet-second-store-'));
const stack = useStack('registry-upkeep', {
  services: ['registry'],
  env: {
    registry: {
      RETENTION_INTERVAL_SECONDS: '1',
      ACKNOWLEDGEMENT_DEADLINE_SECONDS: '4',
      BACKUP_ARTIFACTS_URL: pathToFileURL(second).href,
    },
  },
});
const base = `/v1/models/${DEFAULT_MODEL}`;
let registry: RegistryClient;
let producer: EventProducer;
let instances: FakeInstance[];
/** The folder of a package that a test removed from every store. */
let lost = '';

const status = () => registry.get(ModelStatus, base);
const versions = () => registry.get(z.array(VersionSummary), `${base}/versions`);
const backups = () => registry.get(z.array(Backup), `${base}/backups`);
const packagesIn = async (folder: string) => (await readdir(join(folder, 'packages'))).sort();
const artifacts = () => join(stack().home, 'artifacts');
const ended = (id: string) =>
  until(`deployment ${id} to end`, async () => {
    const deployment = await registry.deployment(id);
    return deployment.finished_at === null ? null : deployment;
  });

/** Versions that passed, each with a package of its own in the store. */
async function register(names: readonly string[]): Promise<void> {
  const store = new PackageStore(new FilesystemStore(pathToFileURL(artifacts())));
  for (const name of names) {
    const { digest, uri } = await store.write(new Map([['manifest.json', Buffer.from(name)]]));
    await producer.publish('model.evaluated', evaluated(trained(name, { digest, artifact_uri: uri }), 'pass'));
  }
}

beforeAll(async () => {
  const { kafka, logger } = stack();
  registry = new RegistryClient(stack().urls.registry, stack().token);
  producer = new EventProducer({ kafka, source: 'test', logger });
  instances = await Promise.all(['serving-a', 'serving-b'].map((name) => new FakeInstance(kafka, name).start()));
  await until('both instances to be present', async () => (await status()).instances.length === 2);
  await register(['one', 'two']);
  await until('two versions', async () => (await status()).versions === 2);
  for (const version of ['v1.0.0', 'v1.1.0'])
    await registry.command('deploy', { version, reason: 'x' }).then(({ deployment_id }) => ended(deployment_id));
});

afterAll(async () => {
  for (const instance of instances ?? []) await instance.stop();
  await producer?.disconnect();
  await rm(second, { recursive: true, force: true });
});

describe('a drill', () => {
  const drill = async () => {
    const { status, body } = await registry.request('POST', `${base}/drill`, {});
    expect(status).toBe(202);
    return DrillAccepted.parse(body);
  };

  it('asks every instance whether it could go back, and changes nothing', async () => {
    const before = await status();
    const { deployment_id, live, rollback_to } = await drill();
    expect([live, rollback_to]).toEqual(['v1.1.0', 'v1.0.0']);
    const rehearsal = await ended(deployment_id);
    expect(rehearsal).toMatchObject({ kind: 'drill', state: 'done', actor: 'local', reason: 'rollback drill' });
    for (const instance of rehearsal.instances)
      expect(instance).toMatchObject({ state: 'loaded', milliseconds: expect.any(Number) });
    const after = await status();
    expect(after.live).toEqual(before.live);
    expect(after.generation).toBe(before.generation + 2);
    await until('the instances to be back', () => instances.every(({ generation }) => generation === after.generation));
    expect(instances.map(({ version }) => version)).toEqual(['v1.1.0', 'v1.1.0']);
  });

  it('names the instance that could not', async () => {
    const [, b] = instances;
    if (b) b.behaviour = { kind: 'refuse', versions: ['v1.0.0'] };
    const { deployment_id } = await drill();
    expect(await ended(deployment_id)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('serving-b'),
    });
    expect((await status()).alerts.map(({ alert }) => alert)).toEqual(['drill-failed']);
    if (b) b.behaviour = { kind: 'obey' };
    await ended((await drill()).deployment_id);
    expect((await status()).alerts).toEqual([]);
  });
});

describe('backups', () => {
  it('are taken before each deployment, verified and copied', async () => {
    const [backup] = await until('the copy', async () => {
      const all = await backups();
      return all.every(({ verified_at }) => verified_at !== null) ? all : null;
    });
    expect(await backups()).toHaveLength(1);
    expect(backup).toMatchObject({ version: 'v1.0.0', problem: null, copy_uri: expect.stringContaining(second) });
    expect(await packagesIn(second)).toEqual([hexOf(backup?.digest ?? '')]);
  });

  it('leave out what is live, which is read, copied and mended by itself', async () => {
    const { live } = await status();
    const verify = () => registry.request('POST', `${base}/live/verify`);
    const copied = expect.stringContaining(second);
    expect(await verify()).toMatchObject({
      status: 200,
      body: { version: live?.version, problem: null, mended: false, copy_uri: copied },
    });
    const folder = join('packages', hexOf(live?.digest ?? ''));
    await writeFile(join(artifacts(), folder, 'manifest.json'), 'scribbled over');
    expect((await stack().cli('backup', 'verify')).stdout).toContain('mended from the second store');
    expect(await verify()).toMatchObject({ status: 200, body: { problem: null, mended: false } });
    for (const store of [artifacts(), second]) await rename(join(store, folder), join(store, 'away'));
    expect(await verify()).toMatchObject({ status: 200, body: { problem: expect.stringContaining('second store') } });
    for (const store of [artifacts(), second]) await rename(join(store, 'away'), join(store, folder));
  });

  it('show damage, all those of the same package, and bring back what was lost', async () => {
    for (const version of ['v1.0.0', 'v1.1.0'])
      await registry
        .command('deploy', { version, reason: 'there and back' })
        .then(({ deployment_id }) => ended(deployment_id));
    const all = await until('three backups to be verified', async () => {
      const found = await backups();
      return found.length === 3 && found.every(({ verified_at }) => verified_at !== null) ? found : null;
    });
    const backup = all.find(({ version }) => version === 'v1.0.0');
    const other = all.find(({ version }) => version === 'v1.1.0');
    if (!backup || !other) throw new Error(`no backups of both versions: ${JSON.stringify(all)}`);
    const problems = async () => Object.fromEntries((await backups()).map((one) => [one.backup_id, one.problem]));
    const path = `${base}/backups/${backup.backup_id}`;
    await writeFile(join(artifacts(), 'packages', hexOf(backup.digest), 'manifest.json'), 'scribbled over');
    const verified = await registry.request('POST', `${path}/verify`);
    expect(verified).toMatchObject({ status: 200, body: { problem: expect.stringContaining('not what was stored') } });
    const damaged = await problems();
    for (const one of all)
      expect(damaged[one.backup_id]).toEqual(
        one.version === 'v1.0.0' ? expect.stringContaining('not what was stored') : null,
      );
    const alerts = async () => (await status()).alerts.map(({ alert }) => alert);
    expect(await alerts()).toEqual(['backup-damaged']);
    // That another one is whole does not end the alert.
    const whole = await registry.request('POST', `${base}/backups/${other.backup_id}/verify`);
    expect(whole).toMatchObject({ status: 200, body: { problem: null } });
    expect(await alerts()).toEqual(['backup-damaged']);

    const restored = await registry.request('POST', `${path}/restore`, { reason: 'the disk was damaged' });
    expect(restored.status).toBe(202);
    const { command } = RestoreAccepted.parse(restored.body);
    expect(await ended(command?.deployment_id ?? '')).toMatchObject({
      kind: 'rollback',
      state: 'done',
      to_version: 'v1.0.0',
      reason: 'the disk was damaged',
    });
    expect(new Set(Object.values(await problems()))).toEqual(new Set([null]));
    expect(await alerts()).toEqual([]);
    expect(await registry.request('POST', `${path}/verify`)).toMatchObject({ status: 200, body: { problem: null } });
    const again = await registry.request('POST', `${path}/restore`, { reason: 'it is live already' });
    expect(again).toMatchObject({ status: 202, body: { command: null } });
  });

  it('cannot restore what no store has', async () => {
    const backup = (await backups()).find(({ version }) => version === 'v1.0.0');
    if (!backup) throw new Error('no backup');
    lost = hexOf(backup.digest);
    for (const folder of [artifacts(), second])
      await rm(join(folder, 'packages', hexOf(backup.digest)), { recursive: true });
    const path = `${base}/backups/${backup.backup_id}/restore`;
    expect(await registry.request('POST', path, { reason: 'x' })).toMatchObject({ status: 409 });
    expect(await registry.request('POST', path, {})).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'reason' }] },
    });
  });
});

describe('retention', () => {
  it('keeps, of fifty, the newest ten and what is in use, and removes the packages of the others', async () => {
    await register(Array.from({ length: 48 }, (_, i) => `further ${i}`));
    // v1.0.0 is live and v1.1.0 warm; v1.2.0 … v1.49.0 follow, of which ten stay.
    const left = await until('the old ones to be gone', async () => {
      const all = await versions();
      return all.length === 50 && all.filter(({ state }) => state === 'removed').length >= 38 ? all : null;
    });
    const removed = left.filter(({ state }) => state === 'removed');
    expect(removed.map(({ version }) => version)).toEqual(Array.from({ length: 38 }, (_, i) => `v1.${39 - i}.0`));
    const kept = left.filter(({ state }) => state !== 'removed').map(({ digest }) => hexOf(digest));
    const expected = kept.filter((hex) => hex !== lost).sort();
    await until('exactly the others to be there', async () => {
      const there = await packagesIn(artifacts());
      return there.length === expected.length && there.every((hex, i) => hex === expected[i]);
    });
    const records = await registry.get(z.array(AuditRecord), `/v1/audit?model=${DEFAULT_MODEL}&limit=1000`);
    expect(records.filter(({ action }) => action === 'version.removed')).toHaveLength(38);
    expect(await registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
    expect(await registry.request('POST', `${base}/deploy`, { version: 'v1.2.0', reason: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'version-removed' },
    });
  });

  it('knows a removed package when it is trained again', async () => {
    await register(['further 0']);
    await until('v1.2.0 to be back', async () =>
      (await versions()).some(({ version, state }) => version === 'v1.2.0' && state === 'registered'),
    );
  });
});
