import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { AuditRecord, AuditVerification } from '#contracts/http/audit';
import { ModelStatus } from '#contracts/http/models';
import { Reconciliation } from '#contracts/http/reconciliation';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import { until } from '../../deploy/local/until.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { samplePackage } from '../e2e/model-packages.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { useStack } from '../stack/use-stack.js';
import { onPostgres } from './on-postgres.js';
import { Onlooker } from './onlooker.js';
import { Recovery } from './recovery.js';

const stack = useStack('reconciliation', {
  infrastructure: 'own',
  services: ['registry', 'serving-1', 'serving-2'],
  env: { '*': { LOG_LEVEL: 'info' }, registry: { ACKNOWLEDGEMENT_DEADLINE_SECONDS: '30' } },
});
const base = `/v1/models/${DEFAULT_MODEL}`;
let registry: RegistryClient;
let producer: EventProducer;
let packages: PackageStore;
let clients: DecidingClient[] = [];
let onlooker: Onlooker;
let made = 0;

const status = () => registry.get(ModelStatus, base);
const versions = () => registry.get(z.array(VersionSummary), `${base}/versions`);
const findings = () => registry.get(z.array(Reconciliation), `${base}/reconciliations`);
const alerts = async () => (await status()).alerts.map(({ alert }) => alert);
const actions = async () =>
  (await registry.get(z.array(AuditRecord), `/v1/audit?model=${DEFAULT_MODEL}&limit=1000`)).map(({ action }) => action);

const PATIENCE = { deadlineMs: 120_000 };

/** Registry, both instances and their topics agree, and it is `version`. */
const agreed = async (version: string): Promise<ModelStatus | null> => {
  const now = await status().catch(() => null);
  const agree = now?.instances.every(
    (one) => one.ready && one.standing === 'in-step' && one.generation === now.generation && one.version === version,
  );
  return now?.live?.version === version && now.deployment === null && now.instances.length === 2 && agree ? now : null;
};

const agreement = (version: string): Promise<ModelStatus> =>
  until(`both instances to answer with ${version} by the generation of the registry`, () => agreed(version), PATIENCE);

/** Tells of a package like no other that it passed, whether a registry hears it now or later. */
async function judge(): Promise<string> {
  const { digest } = await packages.write(samplePackage({ odds: [++made / 10, -made / 10] }));
  const training = trained(digest, { digest, artifact_uri: packages.uri(digest), backend: 'ml-xgboost' });
  await producer.publish('model.evaluated', evaluated(training, 'pass'));
  return digest;
}

function versionOf(digest: string): Promise<string> {
  const found = async () => (await versions()).find((one) => one.digest === digest)?.version;
  return until(`a version of ${digest}`, found, PATIENCE);
}

const register = async (): Promise<string> => versionOf(await judge());

async function deploy(version: string): Promise<void> {
  const { deployment_id } = await registry.command('deploy', { version, reason: 'to see what happens' });
  const ended = async () => (await registry.deployment(deployment_id)).finished_at !== null;
  await until(`${version} to be deployed`, ended, PATIENCE);
  await agreement(version);
}

async function backUp(): Promise<void> {
  await stack().halt('registry');
  await onPostgres(stack(), 'drop database if exists last_night', 'create database last_night template "DATABASE"');
  await stack().resume('registry');
}

async function restore(meanwhile = async (): Promise<unknown> => null): Promise<Recovery> {
  await stack().halt('registry');
  await meanwhile();
  await onPostgres(stack(), 'drop database "DATABASE"', 'create database "DATABASE" template last_night');
  const recovery = new Recovery('the database is restored from a backup');
  await stack().resume('registry');
  return recovery;
}

beforeAll(async () => {
  const { kafka, logger, home } = stack();
  registry = new RegistryClient(stack().urls.registry, stack().token);
  onlooker = new Onlooker(stack());
  producer = new EventProducer({ kafka, source: 'test', logger });
  packages = new PackageStore(new FilesystemStore(pathToFileURL(`${join(home, 'artifacts')}/`)));
  await deploy(await register());
  clients = [new DecidingClient(stack().serving[0], 20)];
});

afterEach(async () => {
  expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
  expect(await registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
});

afterAll(async () => {
  for (const client of clients) await client.stop();
  await producer?.disconnect();
});

describe('a desired state that nobody decided', () => {
  it('of a model that nobody defined keeps no instance from being ready for long', async () => {
    const now = new Date().toISOString();
    await producer.publish('model.promoted', {
      model: 'ghost',
      generation: 3,
      deployment_id: randomUUID(),
      cause: 'promote',
      live: { version: 'v9.9.9', digest: `sha256:${'9'.repeat(64)}`, artifact_uri: 'file:///nowhere' },
      staged: null,
      canary: null,
      shadow: null,
      warm: [],
      reason: 'by mistake',
      actor: 'nobody',
      issued_at: now,
      deadline_at: now,
    });
    const readiness = () =>
      Promise.all(stack().serving.map(async (url) => (await fetch(`${url}/health/ready`)).text()));
    await until(
      'both to hear of it',
      async () => (await readiness()).every((said) => said.includes('ghost')),
      PATIENCE,
    );
    const recovery = new Recovery('somebody published a desired state of a model that nobody defined');
    await recovery.within(
      async () => (await readiness()).every((said) => !said.includes('ghost')) && (await agreed('v1.0.0')),
    );
    expect(await onlooker.log('registry')).toContain('nobody defined this model');
  });

  it('with a made-up generation and no package is gone above, and hinders no later deployment', async () => {
    const before = await agreement('v1.0.0');
    const ref = { version: 'v9.9.9', digest: `sha256:${'9'.repeat(64)}`, artifact_uri: 'file:///nowhere' };
    await producer.publish('model.promoted', {
      model: DEFAULT_MODEL,
      generation: 1000,
      deployment_id: randomUUID(),
      cause: 'promote',
      live: ref,
      staged: null,
      canary: null,
      shadow: null,
      warm: [],
      reason: 'by mistake',
      actor: 'nobody',
      issued_at: new Date().toISOString(),
      deadline_at: new Date().toISOString(),
    });
    const recovery = new Recovery('somebody published a desired state');
    const after = await recovery.within(async () => {
      const now = await agreed('v1.0.0');
      return now !== null && now.generation > 1000 ? now : null;
    });
    expect(after.live).toEqual(before.live);
    expect(await alerts()).toContain('history-diverged');
    expect((await findings())[0]).toMatchObject({ outcome: 'restored', seen: { generation: 1000 }, decision: null });
    const found = 'Generation 1000 with v9.9.9 live was found';
    const decide = 'Decide what holds: ratchet reconcile list';
    await onlooker.expectToRead('forged', {
      status: ['alert history-diverged', found, decide],
      doctor: ['alert history-diverged', found, decide],
      console: {
        overview: [
          'history-diverged',
          found,
          'Decide what holds: npx ratchet reconcile list',
          'Yours to decide',
          'I have seen it',
        ],
      },
      log: { registry: [found] },
    });
    const kept = await stack().cli('reconcile', 'keep', '--reason', 'a mistake of ours');
    expect(kept).toMatchObject({ code: 0 });
    expect(await alerts()).not.toContain('history-diverged');
    expect(await actions()).toEqual(expect.arrayContaining(['history.restored', 'history.decided']));
    // The number was never one of a package, so it is free.
    const next = await register();
    expect(next).toBe('v1.1.0');
    await deploy(next);
  });
});

describe('a Postgres that was restored from an older backup', () => {
  it('keeps what the lost history serves until somebody decides, and gives no number out twice', async () => {
    const known = (await status()).live?.version ?? '';
    await backUp();
    const since = await register();
    await deploy(since);
    const before = await status();
    const after = await (await restore()).within(() => agreed(since));
    expect(after.generation).toBeGreaterThan(before.generation);
    expect(after.live?.digest).toBe(before.live?.digest);
    expect((await findings())[0]).toMatchObject({
      finding: 'other-history',
      outcome: 'adopted',
      known: { version: known },
      seen: { version: since, generation: before.generation },
      decision: null,
    });
    expect(await alerts()).toContain('history-diverged');
    expect(await actions()).toContain('history.adopted');
    expect((await stack().cli('reconcile', 'list')).stdout).toContain('yours to decide');
    const found = `with ${since} live was found`;
    const decide = 'Decide what holds: ratchet reconcile list';
    await onlooker.expectToRead('restored', {
      status: ['alert history-diverged', found, decide],
      doctor: ['alert history-diverged', found, decide],
      console: {
        overview: [
          'Another history is live',
          found,
          `${since} stays live until somebody decides`,
          'Restore what was known',
        ],
      },
      log: { registry: [found] },
    });
    const next = await register();
    expect([known, since]).not.toContain(next);
    expect(await stack().cli('reconcile', 'restore', '--reason', 'it was bad')).toMatchObject({ code: 0 });
    await agreement(known);
    expect(await alerts()).not.toContain('history-diverged');
    await deploy(next);
  });

  it('gives no number of the lost history to a package that was judged while the registry was away', async () => {
    await backUp();
    const since = await register();
    await deploy(since);
    const before = await status();
    let judged = '';
    const recovery = await restore(async () => {
      judged = await judge();
    });
    const after = await recovery.within(() => agreed(since));
    expect(after.live?.digest).toBe(before.live?.digest);
    expect(await versionOf(judged)).not.toBe(since);
    expect(await stack().cli('reconcile', 'keep', '--reason', 'it was good')).toMatchObject({ code: 0 });
  });
});

describe('a Kafka that lost everything', () => {
  it('is told again what should be live, and a new instance answers with it', async () => {
    const before = await status();
    const live = before.live?.version ?? '';
    await stack().halt('serving-2');
    await stack().halt('registry');
    await stack().halt('kafka');
    await rm(join(stack().home, 'kafka-data'), { recursive: true });
    await rm(join(stack().home, 'serving', 'serving-2'), { recursive: true, force: true });
    await stack().resume('kafka');
    await applyTopics(stack().kafka);
    // What a deployed instance has on its disk is gone as well: it is a new one.
    const started = stack().resume('serving-2');
    const readiness = async () => (await fetch(`${stack().serving[1]}/health/ready`)).text();
    // It cannot know; nobody may send it requests, and the other one goes on.
    await until(
      'the new instance to say why it is not ready',
      async () => (await readiness()).includes('Kafka says of no model'),
      PATIENCE,
    );
    const recovery = new Recovery('Kafka is lost');
    await stack().resume('registry');
    await started;
    const after = await recovery.within(() => agreed(live));
    expect(after.generation).toBeGreaterThan(before.generation);
    const lost = `Kafka no longer had any desired state, this registry had given out ${before.generation}: ${live} was published again`;
    const look = 'What was lost and found: ratchet reconcile list';
    await onlooker.expectToRead('kafka-lost', {
      status: ['alert desired-state-lost', lost, look],
      doctor: ['alert desired-state-lost', lost, look],
      console: { overview: ['desired-state-lost', lost, 'What was lost and found: npx ratchet reconcile list'] },
      log: {
        registry: ['Kafka no longer had any desired state'],
        'serving-2': ['Kafka says of no model'],
      },
    });
    expect((await findings())[0]).toMatchObject({ finding: 'topics-lost', outcome: 'published-again' });
    expect(await actions()).toContain('desired-state.published-again');
    expect((await stack().cli('reconcile', 'list')).stdout).toContain('published-again');
    const told = async () => !(await alerts()).includes('desired-state-lost');
    await until('the alert to end', told, PATIENCE);
    await deploy(await register());
  });
});
