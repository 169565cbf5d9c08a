import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TOPICS } from '#contracts/topics';
import { readSettings } from '../client/settings.js';
import { emptyFolder } from '../testing/invoke.js';
import { modelStatus, run } from '../testing/samples.js';
import { type Received, startScriptedServer } from '../testing/scripted-server.js';
import { checkArtifacts } from './artifacts.js';
import { assessClock } from './clock.js';
import { assessDatabase, checkDatabase } from './database.js';
import { checkDefinitions } from './definitions.js';
import { assessTopics, checkKafka } from './kafka.js';
import { assessDisk, assessNode, assessPrivacy, assessTokenFile } from './machine.js';
import { assessRelease, assessServing } from './registry.js';
import { checkService } from './services.js';

const now = new Date('2026-01-04T09:00:10Z');
/** Asked now, and answered so many seconds later. */
const asked = (seconds: number) => ({ from: now, to: new Date(now.getTime() + seconds * 1000) });
const allTopics = Object.entries(TOPICS).map(([name, { partitions, cleanup }]) => ({
  name,
  partitions,
  cleanup,
  lacking: {},
}));
const [instance] = modelStatus.instances;

describe('what the doctor makes of what it sees', () => {
  it.each([
    ['an old Node', assessNode('v20.18.1'), 'failed', 'v20.18.1'],
    ['the oldest good Node', assessNode('v20.19.0'), 'ok', 'v20.19.0'],
    ['a newer Node', assessNode('v24.0.0'), 'ok', 'v24.0.0'],
    ['a full disk', assessDisk('/data', 1024 ** 3), 'warning', '1.0 GB'],
    ['a token for everybody', assessTokenFile('/t', 0o100644), 'failed', 'mode 644'],
    [
      'a data folder for everybody',
      assessPrivacy('/h', [{ path: '/h/logs', mode: 0o755 }]),
      'failed',
      '/h/logs is open to others (mode 755)',
    ],
    ['a private data folder', assessPrivacy('/h', []), 'ok', 'for its owner only'],
    ['a private token', assessTokenFile('/t', 0o100600), 'ok', 'owner only'],
    ['a clock ahead', assessClock('x', new Date(now.getTime() + 60_000), asked(0)), 'failed', '60 s ahead of'],
    ['a clock behind', assessClock('x', new Date(now.getTime() - 60_000), asked(0)), 'failed', '60 s behind'],
    ['a good clock', assessClock('x', new Date(now.getTime() + 900), asked(0)), 'ok', 'Agrees'],
    ['a good clock that took long to tell', assessClock('x', new Date(now.getTime() + 900), asked(20)), 'ok', 'Agrees'],
    ['one behind that took long', assessClock('x', new Date(now.getTime() - 9_000), asked(20)), 'failed', '9 s behind'],
    ['another release', assessRelease('0.2.0', '0.1.0'), 'warning', 'This command is 0.2.0, the registry 0.1.0'],
  ])('%s', (_, finding, state, text) => {
    expect(finding.state).toBe(state);
    expect(finding.detail).toContain(text);
    expect(finding.next === null).toBe(state === 'ok');
  });

  it.each([
    ['nothing amiss', allTopics, ['ok']],
    ['a missing topic', allTopics.slice(1), ['failed']],
    [
      'a desired-state topic that forgets',
      allTopics.map((t) => (t.name === 'model.promoted' ? { ...t, cleanup: 'delete' } : t)),
      ['failed'],
    ],
    ['too few partitions', allTopics.map((t) => (t.name === 'predictions' ? { ...t, partitions: 1 } : t)), ['warning']],
    ['a broker that is away', allTopics.map((t) => ({ ...t, lacking: { 2: t.partitions } })), ['warning']],
    ['more partitions than needed', allTopics.map((t) => ({ ...t, partitions: 12 })), ['ok']],
  ])('topics: %s', (_, topics, states) => {
    expect(assessTopics(topics).map((f) => f.state)).toEqual(states);
  });

  it.each([
    ['all well', {}, ['ok', 'ok']],
    ['nothing live', { live: null }, ['warning', 'ok']],
    ['no instance', { instances: [] }, ['ok', 'failed']],
    ['an instance behind', { instances: [{ ...instance, generation: 6 }] }, ['ok', 'failed']],
    ['a silent instance', { instances: [{ ...instance, last_seen: '2026-01-04T08:00:00Z' }] }, ['ok', 'warning']],
    [
      'a failed training',
      { last_run: { ...run, state: 'failed', failure: 'only 12 rows', remedy: 'Import more.' } },
      ['ok', 'ok', 'warning'],
    ],
    [
      'an alert',
      {
        alerts: [
          { alert: 'accuracy-drop', model: 'm', since: '2026-01-04T08:00:00Z', detail: 'down', resolved_at: null },
        ],
      },
      ['ok', 'ok', 'warning'],
    ],
  ])('serving: %s', (_, change, states) => {
    const status = Object.assign(structuredClone(modelStatus), change);
    expect(assessServing(status, now).map((f) => f.state)).toEqual(states);
  });

  it('shows times as every other command does', () => {
    const alerts = [
      { alert: 'accuracy-drop', model: 'm', since: '2026-01-04T08:00:00Z', detail: 'down', resolved_at: null },
    ];
    expect(assessServing({ ...modelStatus, alerts }, now).at(-1)?.detail).toBe('Since 2026-01-04 08:00:00 UTC: down');
  });

  it('names an instance that sends and does not hear', () => {
    const deaf = instance && { ...instance, ready: false, deaf_since: '2026-01-04T08:58:00Z' };
    const findings = assessServing({ ...modelStatus, instances: deaf ? [deaf] : [] }, now);
    expect(findings.find(({ check }) => check === 'instance serving-1')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('hears nothing from it since 2026-01-04 08:58:00 UTC'),
    });
  });

  it('says of instances nothing while the registry hears nothing', () => {
    const silent = instance && { ...instance, last_seen: '2026-01-04T08:00:00Z' };
    const findings = assessServing(
      { ...modelStatus, deaf_since: '2026-01-04T08:00:00Z', instances: silent ? [silent] : [] },
      now,
    );
    expect(findings.map(({ check }) => check)).toEqual(['model backlink-outcome', 'registry']);
  });

  it.each([
    ['up to date', [], [], 'ok'],
    ['migrations to run', ['RegistryTables1767225600301'], [], 'failed'],
    ['a newer database', [], ['Future1'], 'failed'],
  ])('database: %s', (_, pending, unknown, state) => {
    expect(assessDatabase({ serverVersion: '18.0', now, asked: asked(9), pending, unknown })[0]?.state).toBe(state);
  });
});

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('what the doctor sees', () => {
  it('a service that is not ready, with its reason', async () => {
    const document = { status: 'down', checks: [{ name: 'kafka', status: 'down', reason: 'no broker answers' }] };
    const server = await startScriptedServer({
      'GET /health/ready': (_: Received, response: ServerResponse) => {
        response.writeHead(503, { 'content-type': 'application/json' });
        response.end(JSON.stringify(document));
      },
    });
    const finding = await checkService({ name: 'trainer', url: server.url }, '0.1.0');
    await server.close();
    expect(finding).toMatchObject({ state: 'failed', detail: expect.stringContaining('kafka: no broker answers') });
  });

  it('a port where something else answers', async () => {
    const server = await startScriptedServer({ 'GET /health/ready': 'hello' });
    const finding = await checkService({ name: 'trainer', url: server.url }, '0.1.0');
    await server.close();
    expect(finding).toMatchObject({ state: 'failed' });
    expect(finding.detail).toContain('Something else answers');
  });

  it('a port where nothing listens: service, Kafka and PostgreSQL', async () => {
    const port = await deadPort();
    expect((await checkService({ name: 'trainer', url: `http://127.0.0.1:${port}` }, '0.1.0')).detail).toContain(
      'ECONNREFUSED',
    );
    const [database] = await checkDatabase({ DATABASE_URL: `postgres://u:secret@127.0.0.1:${port}/d` }, undefined);
    expect(database).toMatchObject({ state: 'failed', next: expect.stringContaining('is PostgreSQL running') });
    expect(JSON.stringify(database)).not.toContain('secret');
    const [kafka] = await checkKafka({ KAFKA_BROKERS: `127.0.0.1:${port}` }, {});
    expect(kafka).toMatchObject({ check: 'kafka', state: 'failed' });
  });

  it.each([
    [
      'KAFKA_BROKERS without a port',
      () => checkKafka({ KAFKA_BROKERS: 'broker' }, {}).then((f) => f[0]),
      'KAFKA_BROKERS: expected host:port',
    ],
    [
      'DATABASE_URL of another database',
      () => checkDatabase({ DATABASE_URL: 'mysql://x' }, undefined).then((f) => f[0]),
      'no PostgreSQL address',
    ],
    [
      'ARTIFACTS_URL that is a path',
      () => checkArtifacts({ ARTIFACTS_URL: '/data' }, readSettings({}, '/'), null),
      'ARTIFACTS_URL: expected file:///folder',
    ],
    [
      'no model definitions',
      async () => checkDefinitions({ MODELS_DIR: emptyFolder() })[0],
      'holds no model definition',
    ],
  ])('%s', async (_, look, text) => {
    const finding = await look();
    expect(finding?.state).toBe('failed');
    expect(finding?.detail).toContain(text);
  });

  it('a definition that is wrong, with file and line', () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'demo.yaml'), 'name: demo\nkind: multi-class\n');
    expect(checkDefinitions({ MODELS_DIR: folder })[0]?.detail).toContain('demo.yaml:1:');
  });

  it.each([
    ['', 'it is 0', 0],
    ['exploration: { rate: 0 }', 'each needs a trial on live tasks', 1],
    ['exploration: { rate: 0 }\ncanary: { on_inconclusive: keep }', 'the definition allows no trial', 1],
  ])('what goes unseen where nothing is explored: %j', (more, text, warnings) => {
    const folder = emptyFolder();
    const definition = 'name: demo\nkind: action-outcome\nactions: [a, b]\nfeatures: [{ name: x, kind: numeric }]\n';
    writeFileSync(join(folder, 'demo.yaml'), `${definition}${more}\n`);
    const found = checkDefinitions({ MODELS_DIR: folder }).filter(({ state }) => state === 'warning');
    expect(found).toHaveLength(warnings);
    for (const { detail } of found) expect(detail).toContain(text);
  });

  it("a store without the live version's package", async () => {
    const settings = readSettings({}, '/');
    const finding = await checkArtifacts(
      { ARTIFACTS_URL: `file://${emptyFolder()}` },
      settings,
      `sha256:${'a'.repeat(64)}`,
    );
    expect(finding).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining("does not hold the live version's package"),
    });
  });
});
