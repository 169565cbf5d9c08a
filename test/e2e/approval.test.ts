import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TokenCreated } from '#contracts/http/access';
import { AuditRecord } from '#contracts/http/audit';
import { Approved, Deployment } from '#contracts/http/deployments';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { FakeInstance } from './fake-instance.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-approval-'));
const delivered = readFileSync(join(REPOSITORY, 'deploy/models', `${DEFAULT_MODEL}.yaml`), 'utf8');
writeFileSync(join(folder, `${DEFAULT_MODEL}.yaml`), `${delivered}\napprovals: 2\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base = `/v1/models/${DEFAULT_MODEL}`;
const because = { reason: 'looked at its report' };

// Each test goes on where the one before it stopped.
describe('a model that asks for the consent of two people', () => {
  const stack = useStack('approval', { services: ['registry'], env: { '*': { MODELS_DIR: folder } } });
  let producer: EventProducer;
  let instance: FakeInstance;
  const people = new Map<string, { client: RegistryClient; token: string }>();

  const admin = () => new RegistryClient(stack().urls.registry, stack().token);
  const status = () => admin().get(ModelStatus, base);
  const live = async () => (await status()).live?.version ?? null;
  const as = (name: string): RegistryClient => {
    const person = people.get(name);
    if (person === undefined) throw new Error(`${name} has no token`);
    return person.client;
  };
  const approve = (name: string, version: string) =>
    as(name).request('POST', `${base}/versions/${version}/approve`, because);
  const passes = async (name: string) => {
    const training = trained(name, { auto_deploy: true });
    await producer.publish('model.trained', training);
    const champion = (await admin().get(VersionSummary.array(), `${base}/versions`)).find(
      ({ state }) => state === 'live',
    );
    await producer.publish('model.evaluated', evaluated(training, 'pass', champion ?? null));
  };

  beforeAll(async () => {
    const { kafka, logger, urls } = stack();
    producer = new EventProducer({ kafka, source: 'test', logger });
    instance = await new FakeInstance(kafka, 'serving-a').start();
    for (const [name, role] of [
      ['ada', 'operator'],
      ['Ada', 'operator'],
      ['bob', 'operator'],
      ['onlooker', 'viewer'],
    ]) {
      const { body } = await admin().request('POST', '/v1/tokens', { name, role });
      const { token } = TokenCreated.parse(body);
      people.set(name ?? '', { client: new RegistryClient(urls.registry, token), token });
    }
    await until('the instance to be present', async () => (await status()).instances.length === 1);
  });
  afterAll(async () => {
    await instance?.stop();
    await producer?.disconnect();
  });

  it('keeps what passed the gate, and says for whom it waits and what to type', async () => {
    await passes('first');
    await until('it to wait', async () => (await status()).approval?.version === 'v1.0.0');
    expect((await status()).approval).toEqual({ version: 'v1.0.0', needed: 2, given: [] });
    expect((await status()).alerts).toMatchObject([{ alert: 'approval-wanted', resolved_at: null }]);
    const told = await stack().cli('status');
    expect(told.stdout).toContain('v1.0.0 waits for consent (0 of 2): ratchet approve --version v1.0.0');
  });

  it('is not got round by one person: neither twice, by another token, by force, by a message, nor by a viewer', async () => {
    expect(await approve('onlooker', 'v1.0.0')).toMatchObject({ status: 403 });
    const first = await approve('ada', 'v1.0.0');
    expect(Approved.parse(first.body)).toMatchObject({ needed: 2, given: [{ actor: 'ada' }], deployment_id: null });
    for (const again of ['ada', 'Ada'])
      expect(await approve(again, 'v1.0.0')).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('two tokens of one name are one person') },
      });
    for (const again of ['ada', 'Ada'])
      expect(
        await as(again).request('POST', `${base}/deploy`, { version: 'v1.0.0', force: true, ...because }),
      ).toMatchObject({ status: 409, body: { code: 'approval-missing' } });
    const typed = ['approve', '--version', 'v1.0.0', '--reason', 'me again'];
    expect(await stack().cliAs(people.get('Ada')?.token ?? '', ...typed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('two tokens of one name are one person'),
    });
    const client = stack().kafka.producer();
    await client.connect();
    const value = JSON.stringify({ model: DEFAULT_MODEL, version: 'v1.0.0', actor: 'bob', force: true, ...because });
    await client.send({ topic: 'model.deploy-requested', messages: [{ value }] });
    await client.disconnect();
    await until('the message to be refused', async () => {
      const [row] = await stack().query<{ count: string }>(
        "select count(*) from registry.commands where actor = 'bob' and outcome->>'kind' = 'rejected'",
      );
      return Number(row?.count) === 1;
    });
    expect(await live()).toBeNull();
  });

  it('asks for as many people until an administrator says otherwise', async () => {
    const lower = { text: delivered, reason: 'quicker' };
    expect(await as('bob').request('POST', '/v1/definitions', lower)).toMatchObject({
      status: 403,
      body: { detail: `${DEFAULT_MODEL} asks for the consent of 2 people; only an administrator lowers that.` },
    });
    const text = `${delivered.replace(/^description:.*$/m, 'description: The same.')}\napprovals: 2\n`;
    expect((await as('bob').request('POST', '/v1/definitions', { text, reason: 'better said' })).status).toBe(200);
  });

  it('deploys it by itself when a second person consents, at the command line', async () => {
    const { token } = people.get('bob') ?? { token: '' };
    const args = ['approve', '--version', 'v1.0.0', '--reason', 'fine'];
    const told = await stack().cliAs(token, ...args);
    expect(told.stdout).toContain('2 of 2 consent to v1.0.0 of backlink-outcome: ada, bob.');
    await until('v1.0.0 to be live', async () => (await live()) === 'v1.0.0');
    expect(await status()).toMatchObject({ approval: null, alerts: [] });
    const records = await admin().get(AuditRecord.array(), `/v1/audit?model=${DEFAULT_MODEL}&limit=100`);
    const consents = records.filter(({ action }) => action === 'version.approved');
    expect(consents.map(({ actor, reason }) => [actor, reason])).toEqual([
      ['bob', 'v1.0.0: fine'],
      ['ada', 'v1.0.0: looked at its report'],
    ]);
  });

  it('takes a deployment by hand for the consent of who asks for it, and nobody to go back', async () => {
    await passes('second');
    await until('it to wait', async () => (await status()).approval?.version === 'v1.1.0');
    await approve('bob', 'v1.1.0');
    const { deployment_id } = await as('ada').command('deploy', { version: 'v1.1.0', ...because });
    await until('it to be done', async () => (await admin().deployment(deployment_id)).state === 'done');
    await as('ada').command('rollback', because);
    await until('v1.0.0 to be live again', async () => (await live()) === 'v1.0.0');
    const [last] = await admin().get(Deployment.array(), `${base}/deployments?limit=1`);
    expect(last).toMatchObject({ kind: 'rollback', actor: 'ada' });
  });
});
