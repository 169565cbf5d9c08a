import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditRecord } from '#contracts/http/audit';
import { Deployment } from '#contracts/http/deployments';
import { AliasRecord, AliasSet, MOST_ALIASES, MOST_TAGS, VersionLabels } from '#contracts/http/labels';
import { ModelStatus } from '#contracts/http/models';
import { VersionComparison, VersionDetail, VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { FakeInstance } from './fake-instance.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const base = `/v1/models/${DEFAULT_MODEL}`;

// Each test goes on where the one before it stopped.
describe('what people call versions, and say of them', () => {
  const stack = useStack('labels', {
    services: ['registry'],
    env: { registry: { RETENTION_INTERVAL_SECONDS: '1' } },
  });
  let producer: EventProducer;
  let instance: FakeInstance;
  let registry: RegistryClient;

  const detail = (name: string) => registry.get(VersionDetail, `${base}/versions/${name}`);
  const point = (alias: string, version: string) =>
    registry.request('POST', `${base}/aliases`, { alias, version, reason: 'chosen by the team' });
  const tag = (version: string, tags: Record<string, string | null>) =>
    registry.request('POST', `${base}/versions/${version}/tags`, { tags });
  const live = async () => (await registry.get(ModelStatus, base)).live?.version ?? null;
  const audit = async (action: string) =>
    (await registry.get(AuditRecord.array(), '/v1/audit?limit=1000')).filter((record) => record.action === action);
  const register = async (name: string) => {
    const training = trained(name);
    await producer.publish('model.trained', training);
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
  };
  const ended = (id: string) =>
    until(`deployment ${id} to end`, async () => (await registry.deployment(id)).finished_at !== null);

  beforeAll(async () => {
    const { kafka, logger, urls, token } = stack();
    registry = new RegistryClient(urls.registry, token);
    producer = new EventProducer({ kafka, source: 'test', logger });
    instance = await new FakeInstance(kafka, 'serving-a').start();
    for (const name of ['first', 'second', 'third']) {
      const before = (await registry.get(VersionSummary.array(), `${base}/versions`)).length;
      await register(name);
      await until(`${name} to be judged`, async () => {
        const [newest, ...rest] = await registry.get(VersionSummary.array(), `${base}/versions`);
        return rest.length === before && newest?.verdict === 'pass';
      });
    }
  });
  afterAll(async () => {
    await instance?.stop();
    await producer?.disconnect();
  });

  it('points an alias at one version at a time, and keeps who moved it and why', async () => {
    expect(AliasSet.parse((await point('champion', 'v1.0.0')).body)).toMatchObject({
      version: 'v1.0.0',
      previous: null,
    });
    expect(AliasSet.parse((await point('champion', 'v1.1.0')).body)).toMatchObject({
      version: 'v1.1.0',
      previous: 'v1.0.0',
    });
    // The same again is no change.
    await point('champion', 'v1.1.0');
    await point('candidate', 'v1.2.0');
    const aliases = await registry.get(AliasRecord.array(), `${base}/aliases`);
    expect(aliases.map(({ alias, version, set_by }) => [alias, version, set_by])).toEqual([
      ['candidate', 'v1.2.0', 'local'],
      ['champion', 'v1.1.0', 'local'],
    ]);
    expect((await detail('v1.1.0')).aliases).toEqual(['champion']);
    expect((await detail('v1.0.0')).aliases).toEqual([]);
    const [, moved, set] = await audit('alias.set');
    expect(set).toMatchObject({
      before: null,
      after: { alias: 'champion', version: 'v1.0.0' },
      reason: 'chosen by the team',
    });
    expect(moved).toMatchObject({ before: { version: 'v1.0.0' }, after: { version: 'v1.1.0' }, model: DEFAULT_MODEL });
    expect(await audit('alias.set')).toHaveLength(3);
  });

  it.each(['live', 'latest', 'canary', 'rolled-back', 'v1', 'v1.0.0', 'v2-next', '1.0.0', 'Champion', 'a b', ''])(
    'does not take %j as an alias',
    async (alias) => {
      expect(await point(alias, 'v1.0.0')).toMatchObject({ status: 400, body: { errors: [{ field: 'alias' }] } });
    },
  );

  it('takes an alias wherever a version is asked for, and says which version it was', async () => {
    expect((await detail('champion')).version).toBe('v1.1.0');
    const compared = await registry.get(VersionComparison, `${base}/compare?from=champion&to=candidate`);
    expect([compared.from.version, compared.to.version]).toEqual(['v1.1.0', 'v1.2.0']);
    const first = await registry.command('deploy', { version: 'v1.0.0', reason: 'the first' });
    await ended(first.deployment_id);
    const deployed = await stack().cli('deploy', '--version', 'champion', '--reason', 'as named');
    expect(deployed.stdout).toContain('v1.0.0 → v1.1.0');
    expect(await live()).toBe('v1.1.0');
    expect(await registry.get(Deployment.array(), `${base}/deployments?version=champion`)).toMatchObject([
      { to_version: 'v1.1.0', reason: 'as named' },
    ]);
    const back = await registry.command('rollback', { version: 'v1.0.0', reason: 'and back' });
    await ended(back.deployment_id);
    const shadow = await stack().cli('shadow', 'start', '--version', 'candidate', '--reason', 'to see');
    expect(shadow.stdout).toContain('v1.2.0 is scored');
    const info = await stack().cli('info', '--version', 'champion');
    expect(info.stdout).toMatch(/backlink-outcome v1\.1\.0[\s\S]*aliases +champion/);
    expect((await stack().cli('list')).stdout).toMatch(/v1\.1\.0 +champion/);
  });

  it('takes an alias in a command on Kafka, and refuses one that means nothing', async () => {
    await producer.publish('model.deploy-requested', { version: 'champion', force: true, reason: 'by Kafka' });
    await until('v1.1.0 to be live', async () => (await live()) === 'v1.1.0');
    const asked = (version: string) => registry.request('POST', `${base}/deploy`, { version, reason: 'x' });
    expect(await asked('nobody')).toMatchObject({
      status: 404,
      body: { code: 'unknown-version', errors: [{ field: 'version' }] },
    });
    // What is live is asked for at the model, and no person points it anywhere.
    expect(await asked('live')).toMatchObject({ status: 400, body: { errors: [{ field: 'version' }] } });
    for (const path of ['versions/nobody', 'versions/nobody/report', 'compare?from=v1.0.0&to=nobody'])
      expect(await registry.request('GET', `${base}/${path}`)).toMatchObject({
        status: 404,
        body: { detail: expect.stringContaining('has no alias "nobody"; "ratchet alias list"') },
      });
    const told = await stack().cli('deploy', '--version', 'nobody', '--reason', 'x');
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining('ratchet list') });
  });

  it('tags and describes a version, and keeps what it was before', async () => {
    const tagged = await stack().cli('tag', '--version', 'champion', 'owner=ada', 'ticket=CHURN-17 = done');
    expect(tagged.stdout).toMatch(/v1\.1\.0 is tagged:\nowner +ada\nticket +CHURN-17 = done/);
    expect((await tag('v1.1.0', { ticket: null, owner: 'bob' })).body).toMatchObject({
      tags: { owner: 'bob' },
      aliases: ['champion'],
      changed: true,
    });
    expect(VersionLabels.parse((await tag('v1.1.0', { owner: 'bob' })).body).changed).toBe(false);
    await stack().cli('describe', '--version', 'champion', 'the one\nthat knows forums');
    const { description, tags } = await detail('v1.1.0');
    expect({ description, tags }).toEqual({ description: 'the one\nthat knows forums', tags: { owner: 'bob' } });
    const [changed] = await audit('version.tagged');
    expect(changed).toMatchObject({
      before: { tags: { owner: 'ada', ticket: 'CHURN-17 = done' } },
      after: { version: 'v1.1.0', tags: { owner: 'bob' } },
    });
    expect(await audit('version.described')).toHaveLength(1);
  });

  it('refuses what is too long, too many or unprintable, by the name of its field', async () => {
    const bell = String.fromCharCode(7);
    for (const tags of [{ owner: `a${bell}` }, { owner: 'x'.repeat(501) }, { 'a key': 'x' }, { owner: ' ' }, {}])
      expect((await tag('v1.0.0', tags)).status).toBe(400);
    const describe = (description: string) =>
      registry.request('POST', `${base}/versions/v1.0.0/description`, { description });
    for (const text of ['x'.repeat(2001), `a${bell}`])
      expect(await describe(text)).toMatchObject({ status: 400, body: { errors: [{ field: 'description' }] } });
    const many = Object.fromEntries(Array.from({ length: MOST_TAGS }, (_, n) => [`key-${n}`, 'x']));
    expect((await tag('v1.0.0', many)).status).toBe(200);
    expect(await tag('v1.0.0', { another: 'x' })).toMatchObject({ status: 409 });
    expect(Object.keys((await detail('v1.0.0')).tags ?? {})).toHaveLength(MOST_TAGS);
    expect((await tag('v9.9.9', { a: 'x' })).status).toBe(404);
    for (let n = 2; n < MOST_ALIASES; n++) expect((await point(`name-${n}`, 'v1.0.0')).status).toBe(200);
    expect(await point('one-too-many', 'v1.0.0')).toMatchObject({
      status: 409,
      body: { errors: [{ field: 'alias' }] },
    });
    for (let n = 2; n < MOST_ALIASES; n++)
      expect((await registry.request('DELETE', `${base}/aliases/name-${n}`)).status).toBe(200);
  });

  it('keeps what an alias points at from retention, and leaves no alias of what is removed', async () => {
    await registry.request('POST', `${base}/shadow`, { version: null, reason: 'seen' });
    await point('keep-me', 'v1.0.0');
    for (let n = 4; n <= 16; n++) await register(`number ${n}`);
    const state = async (version: string) => (await detail(version)).state;
    await until('retention to remove what nobody named', async () => {
      const all = await registry.get(VersionSummary.array(), `${base}/versions`);
      return all.length >= 16 && all.some(({ state: now }) => now === 'removed');
    });
    expect(await state('keep-me')).not.toBe('removed');
    expect(await state('candidate')).not.toBe('removed');
    const gone = (await registry.get(VersionSummary.array(), `${base}/versions`)).find((v) => v.state === 'removed');
    expect(await point('late', gone?.version ?? '')).toMatchObject({ status: 409 });
    // As a release does that knows no aliases.
    await point('fresh', 'v1.15.0');
    await stack().query(
      `update registry.versions set state = 'removed', removed_from = state, removed_at = now() where version = 'v1.15.0'`,
    );
    const aliases = await registry.get(AliasRecord.array(), `${base}/aliases`);
    expect(aliases.map(({ alias }) => alias)).toEqual(['candidate', 'champion', 'keep-me']);
    // What comes back comes back without it.
    await register('number 16');
    await until('v1.15.0 to be there again', async () => (await state('v1.15.0')) !== 'removed');
    expect((await detail('v1.15.0')).aliases).toEqual([]);
  });

  it('is changed by operators only', async () => {
    const { body } = await registry.request('POST', '/v1/tokens', { name: 'onlooker', role: 'viewer' });
    const viewer = new RegistryClient(stack().urls.registry, String(Object(body).token));
    expect((await viewer.request('GET', `${base}/aliases`)).status).toBe(200);
    for (const [method, path, sent] of [
      ['POST', 'aliases', { alias: 'mine', version: 'v1.0.0' }],
      ['DELETE', 'aliases/champion', undefined],
      ['POST', 'versions/v1.0.0/tags', { tags: { a: 'x' } }],
      ['POST', 'versions/v1.0.0/description', { description: 'mine' }],
    ] as const)
      expect((await viewer.request(method, `${base}/${path}`, sent)).status).toBe(403);
    expect((await registry.request('DELETE', `${base}/aliases/champion`)).body).toMatchObject({ version: 'v1.1.0' });
    expect((await registry.request('DELETE', `${base}/aliases/champion`)).status).toBe(404);
  });
});
