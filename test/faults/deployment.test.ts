import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hexOf, PackageStore } from '#artifacts/package-store';
import { S3Store } from '#artifacts/s3-store';
import { AuditRecord, AuditVerification } from '#contracts/http/audit';
import type { Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { artifactsEnv } from '#platform/config';
import { until } from '../../deploy/local/until.js';
import { DecidingClient } from '../e2e/deciding-client.js';
import { samplePackage, withWrongGolden } from '../e2e/model-packages.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { TestS3 } from '../stack/s3.js';
import { TcpProxy } from '../stack/tcp-proxy.js';
import { useStack } from '../stack/use-stack.js';

const PREFIX = 'artifacts';
const FROZEN_MS = 20_000;

const s3 = await TestS3.start();
/** The way of all services to the artifact store. */
const way = await TcpProxy.start(s3.port);
afterAll(async () => {
  await way.shut();
  await s3.stop();
});

const artifacts = {
  ARTIFACTS_URL: `s3://${TestS3.bucket}/${PREFIX}`,
  S3_ENDPOINT: s3.endpoint(way.port),
  S3_ACCESS_KEY: TestS3.accessKey,
  S3_SECRET_KEY: TestS3.secretKey,
};
const stack = useStack('deployment-faults', {
  infrastructure: 'own',
  services: ['registry', 'serving-1', 'serving-2'],
  env: {
    '*': { LOG_LEVEL: 'info', ...artifacts, S3_TIMEOUT_SECONDS: '1' },
    // An instance that is frozen misses the deadline first, and then its presence.
    // A registry that waited for a silent store would be seen to.
    registry: { ACKNOWLEDGEMENT_DEADLINE_SECONDS: '8', PRESENCE_SECONDS: '12', S3_TIMEOUT_SECONDS: '60' },
  },
});
/** The test's own way to it, which stays open. */
const config = z.object(artifactsEnv).parse({ ...artifacts, S3_ENDPOINT: s3.endpoint() });
const store = new S3Store(new URL(config.ARTIFACTS_URL), config);
const packages = new PackageStore(store);

const base = `/v1/models/${DEFAULT_MODEL}`;
let registry: RegistryClient;
let producer: EventProducer;
let clients: DecidingClient[];
let made = 0;

const status = () => registry.get(ModelStatus, base);
const versions = () => registry.get(z.array(VersionSummary), `${base}/versions`);

/** A package like no other in this file. */
const freshPackage = () => samplePackage({ odds: [++made / 10, -made / 10] });

/** Tells of a training that passed, for a package that may be there or not. */
async function announce(digest: string): Promise<void> {
  const training = trained(digest, { digest, artifact_uri: packages.uri(digest), backend: 'ml-xgboost' });
  await producer.publish('model.evaluated', evaluated(training, 'pass'));
}

/** The version that the registry gives to a digest. */
const versionOf = (digest: string): Promise<string> =>
  until(`a version of ${digest}`, async () => (await versions()).find((one) => one.digest === digest)?.version);

async function register(files = freshPackage()): Promise<{ version: string; digest: string }> {
  const { digest } = await packages.write(files);
  await announce(digest);
  return { version: await versionOf(digest), digest };
}

const start = (version: string, verb: 'deploy' | 'rollback' = 'deploy'): Promise<string> =>
  registry.command(verb, { version, reason: 'to see what happens' }).then(({ deployment_id }) => deployment_id);

const ended = (id: string): Promise<Deployment> =>
  until(
    `deployment ${id} to end`,
    async () => {
      const deployment = await registry.deployment(id);
      return deployment.finished_at === null ? null : deployment;
    },
    { deadlineMs: 120_000 },
  );

const deploy = async (version: string): Promise<Deployment> => ended(await start(version));

/** Waits until both instances are ready and act by the registry's generation. */
const agreement = (): Promise<ModelStatus> =>
  until(
    'both instances to act by the generation of the registry',
    async () => {
      const now = await status();
      const agree = now.instances.every(
        ({ ready, generation, version }) => ready && generation === now.generation && version === now.live?.version,
      );
      return now.deployment === null && now.instances.length === 2 && agree ? now : null;
    },
    { deadlineMs: 90_000 },
  );

/** What the audit log says of a deployment that came to nothing. */
async function abortReason(version: string): Promise<string> {
  const records = await registry.get(z.array(AuditRecord), `/v1/audit?model=${DEFAULT_MODEL}&limit=1000`);
  const about = records.filter(
    ({ action, after }) => action === 'deployment.aborted' && JSON.stringify(after).includes(version),
  );
  return about[0]?.reason ?? `nothing about ${version} in ${JSON.stringify(records.slice(0, 5))}`;
}

beforeAll(async () => {
  const { kafka, logger } = stack();
  registry = new RegistryClient(stack().urls.registry, stack().token);
  producer = new EventProducer({ kafka, source: 'test', logger });
  for (let i = 0; i < 2; i++) expect(await deploy((await register()).version)).toMatchObject({ state: 'done' });
  await agreement();
  clients = stack().serving.map((url) => new DecidingClient(url, 5));
});

afterEach(async () => {
  way.flow();
  const before = clients.map(({ answers }) => answers);
  await until('both instances to answer', () => clients.every(({ answers }, i) => answers > (before[i] ?? 0)));
  expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
  expect(await registry.get(AuditVerification, '/v1/audit/verify')).toMatchObject({ intact: true });
});

afterAll(async () => {
  for (const client of clients ?? []) await client.stop();
  await producer?.disconnect();
});

describe('a package that is not what it should be is not served, and the history says why', () => {
  it.each<[string, string, () => Promise<string>]>([
    [
      'a file was changed in the store',
      'digest-mismatch: model.trees.json of package',
      async () => {
        const { version, digest } = await register();
        await appendFile(s3.file(`${PREFIX}/packages/${hexOf(digest)}/model.trees.json`), ' ');
        return version;
      },
    ],
    [
      'it is another one than its digest says',
      'has another digest',
      async () => {
        const { digest } = await packages.write(freshPackage());
        const wrong = `sha256:${hexOf(digest).split('').reverse().join('')}`;
        for (const key of await store.list(`packages/${hexOf(digest)}/`))
          await store.put(key.replace(hexOf(digest), hexOf(wrong)), await store.get(key));
        await announce(wrong);
        return versionOf(wrong);
      },
    ],
    [
      'it does not predict what it promises',
      'golden-mismatch',
      async () => (await register(withWrongGolden(freshPackage()))).version,
    ],
  ])('%s', async (_, words, make) => {
    const before = await agreement();
    const version = await make();
    expect(await deploy(version)).toMatchObject({ state: 'failed', failure: expect.stringContaining(words) });
    expect(await abortReason(version)).toContain(words);
    expect((await agreement()).live).toEqual(before.live);
  });
});

describe('an artifact store', () => {
  it('that is down fails a deployment but no rollback to a warm version, and the next try succeeds', async () => {
    const before = await agreement();
    const { version } = await register();
    const late = await packages.write(freshPackage());
    await way.shut();
    expect(await deploy(version)).toMatchObject({
      state: 'failed',
      failure: expect.stringMatching(/store-unavailable: .*S3_ENDPOINT/),
    });
    expect(await abortReason(version)).toContain('store-unavailable');
    expect(await ended(await start(before.rollback_to?.version ?? '', 'rollback'))).toMatchObject({ state: 'done' });
    // What was trained meanwhile waits for its number.
    await announce(late.digest);
    await agreement();
    await way.listen();
    expect(await deploy(await versionOf(late.digest))).toMatchObject({ state: 'done' });
    await agreement();
    expect(await deploy(version)).toMatchObject({ state: 'done' });
    await agreement();
  });

  it('that is silent holds up neither commands nor acknowledgements', async () => {
    const before = await agreement();
    const { version } = await register();
    const late = await packages.write(freshPackage());
    way.stall();
    await announce(late.digest);
    expect(await deploy(version)).toMatchObject({
      state: 'failed',
      failure: expect.stringMatching(/store-unavailable: .*silent for 1 s/),
    });
    expect(await ended(await start(before.rollback_to?.version ?? '', 'rollback'))).toMatchObject({ state: 'done' });
    await agreement();
    way.flow();
    expect(await deploy(await versionOf(late.digest))).toMatchObject({ state: 'done' });
    await agreement();
  });
});

describe('an instance', () => {
  it('whose disk is full serves what it is told to all the same', async () => {
    const cache = join(stack().home, 'serving', 'serving-1', 'cache');
    const restore = await fillUp(cache);
    try {
      const { version } = await register();
      expect(await deploy(version)).toMatchObject({ state: 'done', to_version: version });
      await agreement();
      const log = await readFile(join(stack().home, 'logs/serving-1.log'), 'utf8');
      expect(log).toContain('could not be kept on this disk');
    } finally {
      await restore();
    }
  });

  it('that is frozen fails one deployment, is left out of the next, and catches up', async () => {
    const live = (await agreement()).live?.version;
    const [first, second] = [await register(), await register()];
    const thaw = Date.now() + FROZEN_MS;
    stack().kill('serving-2', 'SIGSTOP');
    try {
      const failed = await deploy(first.version);
      expect(failed).toMatchObject({ state: 'failed', failure: 'no acknowledgement from serving-2 by the deadline' });
      expect(await abortReason(first.version)).toContain('no acknowledgement from serving-2');
      expect((await status()).live?.version).toBe(live);
      await until('serving-2 to be missed', async () => (await status()).instances.length === 1);
      expect((await status()).missing).toMatchObject([{ instance: 'serving-2' }]);
      const words = 'without taking leave: it was killed, or stands still';
      for (const command of ['status', 'doctor']) expect((await stack().cli(command)).stdout, command).toContain(words);
      const answers = clients[0]?.answers ?? 0;
      const done = await deploy(second.version);
      expect(done).toMatchObject({ state: 'done', instances: [{ instance: 'serving-1', state: 'activated' }] });
      await until('the other instance to answer', () => (clients[0]?.answers ?? 0) > answers);
      await until('the time to be over', () => Date.now() > thaw);
    } finally {
      stack().kill('serving-2', 'SIGCONT');
    }
    expect((await agreement()).live?.version).toBe(second.version);
    expect((await status()).missing).toEqual([]);
  });
});

describe('a registry', () => {
  it('that is killed between commit and publish publishes what it decided when it is back', async () => {
    const { version } = await register();
    const before = await agreement();
    // Kafka takes nothing, so that what is committed stays in the outbox.
    stack().kill('kafka', 'SIGSTOP');
    let id: string;
    try {
      id = await start(version);
      const [outbox] = await stack().query<{ waiting: number }>('select count(*)::int as waiting from registry.outbox');
      expect(outbox?.waiting).toBeGreaterThan(0);
      stack().kill('registry', 'SIGKILL');
    } finally {
      stack().kill('kafka', 'SIGCONT');
    }
    await until('the registry to be back', async () => (await fetch(`${stack().urls.registry}/health/ready`)).ok);
    expect(await ended(id)).toMatchObject({ state: 'done', to_version: version, from_version: before.live?.version });
    expect((await agreement()).generation).toBe(before.generation + 2);
  });
});

describe('Kafka', () => {
  it('that is restarted in the middle of a swap delays it', async () => {
    const { version } = await register();
    await agreement();
    const id = await start(version);
    await stack().crash('kafka');
    expect(await ended(id)).toMatchObject({ state: 'done', to_version: version });
    expect((await agreement()).live?.version).toBe(version);
  });
});

/**
 * Makes a folder take no more bytes: with a small file system of its own where this user may mount one, otherwise with a
 * file in the place of the folder, which fails in the same place but is not a full disk. Returns what undoes it.
 */
async function fillUp(folder: string): Promise<() => Promise<void>> {
  const run = promisify(execFile);
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0777', 'ratchet-test', folder]);
  } catch (error) {
    process.stderr.write(`NOT A FULL DISK, only an unwritable folder: nothing can be mounted here (${error})\n`);
    const packagesFolder = join(folder, 'packages');
    await run('mv', [packagesFolder, `${packagesFolder}.away`]);
    await writeFile(packagesFolder, '');
    return async () => {
      await run('rm', [packagesFolder]);
      await run('mv', [`${packagesFolder}.away`, packagesFolder]);
    };
  }
  await writeFile(join(folder, 'filling'), Buffer.alloc(64 * 1024)).catch(() => undefined);
  return async () => {
    await run('umount', ['--lazy', folder]);
  };
}
