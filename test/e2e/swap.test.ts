import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { ModelStatus } from '#contracts/http/models';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { DecidingClient } from './deciding-client.js';
import { samplePackage } from './model-packages.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const SWAPS = 20;

const stack = useStack('swap', {
  services: ['registry', 'serving-1', 'serving-2'],
  env: { '*': { LOG_LEVEL: 'info' } },
});
let registry: RegistryClient;

const status = () => registry.get(ModelStatus, `/v1/models/${DEFAULT_MODEL}`);
const ended = (id: string) =>
  until(`deployment ${id} to end`, async () => {
    const deployment = await registry.deployment(id);
    return deployment.finished_at === null ? null : deployment;
  });

beforeAll(async () => {
  const { kafka, logger, home } = stack();
  registry = new RegistryClient(stack().urls.registry, stack().token);
  const packages = new PackageStore(new FilesystemStore(new URL(pathToFileURL(join(home, 'artifacts')).href)));
  const producer = new EventProducer({ kafka, source: 'test', logger });
  for (const [odds, auto_deploy] of [
    [[1, -1], true],
    [[-1, 1], false],
  ] as const) {
    const { digest, uri } = await packages.write(samplePackage({ odds }));
    const training = trained(String(odds), { digest, artifact_uri: uri, backend: 'ml-xgboost', auto_deploy });
    await producer.publish('model.trained', training);
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
  }
  await producer.disconnect();
  await until('the first version to be live', async () => {
    const { live, deployment, versions } = await status();
    return versions === 2 && live?.version === 'v1.0.0' && deployment === null;
  });
});

describe('real instances', () => {
  it('swap back and forth while they answer, and drop nothing', async () => {
    // An instance says that it is ready with its next heartbeat, up to two seconds after its acknowledgement.
    await until('both instances to be ready with v1.0.0', async () => {
      const { instances } = await status();
      return instances.length === 2 && instances.every(({ version, ready }) => ready && version === 'v1.0.0');
    });
    const clients = stack().serving.map((url) => new DecidingClient(url));
    const milliseconds: number[] = [];
    for (let swap = 0; swap < SWAPS; swap++) {
      const version = swap % 2 === 0 ? 'v1.1.0' : 'v1.0.0';
      const verb = swap % 4 === 3 ? 'rollback' : 'deploy';
      const { deployment_id } = await registry.command(verb, { version, reason: `swap ${swap}` });
      const deployment = await ended(deployment_id);
      expect(deployment).toMatchObject({ state: 'done', to_version: version });
      expect(deployment.instances.map(({ state }) => state)).toEqual(['activated', 'activated']);
      milliseconds.push(...deployment.instances.map((instance) => instance.milliseconds ?? Number.NaN));
    }
    for (const client of clients) {
      await client.stop();
      expect(client.failures).toEqual([]);
      expect([...client.versions.keys()].sort()).toEqual(['v1.0.0', 'v1.1.0']);
    }
    milliseconds.sort((a, b) => a - b);
    process.stdout.write(`swaps: median ${milliseconds[SWAPS]} ms, slowest ${milliseconds.at(-1)} ms\n`);
  });

  it('does not go live with a package that is not there', async () => {
    const before = await status();
    const producer = new EventProducer({ kafka: stack().kafka, source: 'test', logger: stack().logger });
    const missing = trained('missing', { auto_deploy: true });
    const { live } = before;
    await producer.publish('model.evaluated', { ...evaluated(missing, 'pass'), champion: live });
    await producer.disconnect();
    const alert = await until('the alert', async () => (await status()).alerts[0]);
    expect(alert).toMatchObject({ alert: 'deployment-failed', detail: expect.stringContaining('package-missing') });
    await until('the instances to be back', async () =>
      (await status()).instances.every(({ version, ready }) => ready && version === live?.version),
    );
  });
});
