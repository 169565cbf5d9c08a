import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { TokenCreated } from '#contracts/http/access';
import { InferError } from '#contracts/http/inference';
import { ModelStatus } from '#contracts/http/models';
import { listOperations, type NamedOperation } from '#contracts/http/operation';
import { Problem } from '#contracts/http/problem';
import { SERVICES } from '#contracts/http/services';
import { VersionSummary } from '#contracts/http/versions';
import { DESCRIBED, type DescribedService } from '#contracts/openapi';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { TOPICS } from '#contracts/topics';
import { EventProducer } from '#kafka/produce/producer';
import { endOffsets } from '#kafka/topics/end-offsets';
import { until } from '../../deploy/local/until.js';
import { useStack } from '../stack/use-stack.js';
import { type Attempt, databaseRows, goodBody, type Outcome, pathOf, send, takesFile } from './access-requests.js';
import { samplePackage } from './model-packages.js';
import { evaluated, RegistryClient, trained } from './registry-client.js';

const stack = useStack('access', {
  services: ['registry', 'serving-1', 'feedback-ingest', 'trainer'],
  // Beyond loopback, where predictions want a token too; at the level that says most.
  env: { '*': { LOG_LEVEL: 'trace' }, 'serving-1': { HOST: '0.0.0.0' } },
});

interface Case {
  readonly service: DescribedService;
  readonly route: NamedOperation;
}

const CASES: readonly Case[] = DESCRIBED.flatMap((service) =>
  listOperations(SERVICES[service].operations).map((route): Case => ({ service, route })),
);
const CHANGING = CASES.filter(({ route }) => route.method !== 'GET');
const named = (cases: readonly Case[]): [string, Case][] =>
  cases.map((each) => [`${each.service} ${each.route.method} ${each.route.path}`, each]);

const tokens = { viewer: '', operator: '', revoked: '', stranger: randomBytes(32).toString('base64url') };
const answers: string[] = [];
let before: string;

const urlOf = ({ service, route }: Case): string => {
  const { urls } = stack();
  return urls[service === 'serving' ? 'serving-1' : service] + pathOf(route);
};
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
/** Someone who may. */
const allowed = ({ route }: Case): Record<string, string> =>
  bearer(route.access === 'admin' ? stack().token : route.access === 'operator' ? tokens.operator : tokens.viewer);

async function attempt(change: Attempt): Promise<Outcome> {
  const outcome = await send(change);
  answers.push(outcome.text);
  return outcome;
}

/** That an answer is an error in the form that the route promises, and with which fields at fault. */
function expectError({ route }: Case, outcome: Outcome, statuses: readonly number[], what: string): string[] {
  expect(statuses, `${what}: ${outcome.text}`).toContain(outcome.status);
  if (route.errors !== undefined) {
    expect(InferError.parse(JSON.parse(outcome.text)).error).not.toBe('');
    return [];
  }
  expect(outcome.type, what).toContain('application/problem+json');
  const problem = Problem.parse(JSON.parse(outcome.text));
  expect(problem).toMatchObject({
    status: outcome.status,
    title: expect.stringMatching(/./),
    detail: expect.stringMatching(/./),
  });
  return (problem.errors ?? []).map(({ field }) => field);
}

/** Everything that a request could have changed, in one text. */
async function stateOfAffairs(): Promise<string> {
  // Like heartbeats, signs of life come whatever is asked.
  const tables = [...(await databaseRows(stack()))].filter(([name]) => name !== 'feedback.pulses');
  const rows = tables.map(([name, text]) => `${name}\n${text}`);
  const topics = Object.keys(TOPICS).filter((topic) => topic !== 'serving.heartbeat');
  const ends = await endOffsets(stack().kafka, topics);
  const files = await readdir(join(stack().home, 'artifacts'), { recursive: true }).catch(() => []);
  return [...rows, ...ends.map((e) => `${e.topic}/${e.partition} ${e.high}`), ...files.sort()].join('\n');
}

async function settled(): Promise<string> {
  let last = '';
  return until(
    'the stack to come to rest',
    async () => {
      const now = await stateOfAffairs();
      const same = now === last;
      last = now;
      return same && now;
    },
    { everyMs: 1500 },
  );
}

beforeAll(async () => {
  const { urls, token, kafka, logger, home } = stack();
  const registry = new RegistryClient(urls.registry, token);
  const producer = new EventProducer({ kafka, source: 'test', logger });
  const store = new PackageStore(new FilesystemStore(pathToFileURL(`${join(home, 'artifacts')}/`)));
  for (const [name, odds] of [
    ['first', [1, -1]],
    ['second', [-1, 1]],
  ] as const) {
    const { digest, uri } = await store.write(samplePackage({ odds }));
    const training = trained(name, { digest, artifact_uri: uri, auto_deploy: name === 'first' });
    await producer.publish('model.trained', training);
    await producer.publish('model.evaluated', evaluated(training, 'pass'));
  }
  await producer.disconnect();
  const base = `/v1/models/${DEFAULT_MODEL}`;
  await until('two versions, one of them live', async () => {
    const versions = await registry.get(z.array(VersionSummary), `${base}/versions`);
    const { live, deployment } = await registry.get(ModelStatus, base);
    return (
      versions.length === 2 && live?.version === 'v1.0.0' && (deployment === null || deployment.finished_at !== null)
    );
  });

  const create = async (name: string, role: string): Promise<string> =>
    TokenCreated.parse((await registry.request('POST', '/v1/tokens', { name, role })).body).token;
  tokens.viewer = await create('viewer', 'viewer');
  tokens.operator = await create('operator', 'operator');
  tokens.revoked = await create('former operator', 'admin');
  await create('bystander', 'viewer');
  const revoked = await registry.request('DELETE', '/v1/tokens/former%20operator');
  expect(revoked).toMatchObject({ status: 200, body: { name: 'former operator', revoked_at: expect.any(String) } });
  const exported = await stack().cli('token', 'export', '--output', join(home, 'tokens.json'));
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('4 tokens written to') });
  await until('serving to have read the exported tokens', async () => {
    const answer = await fetch(`${urls['serving-1']}/v2/models/${DEFAULT_MODEL}`, { headers: bearer(tokens.viewer) });
    return answer.ok;
  });
  before = await settled();
});

describe('without the right token', () => {
  it.each(named(CASES.filter(({ route }) => route.access !== 'none')))('%s answers 401 or 403', async (_, each) => {
    const url = urlOf(each);
    const { method, access } = each.route;
    const { headers, body } = goodBody(each.route);
    const query = new URLSearchParams({ token: tokens.operator, access_token: stack().token });
    const inBody = { ...(body?.startsWith('{') ? JSON.parse(body) : {}), token: tokens.operator };
    const strangers: [string, Partial<Attempt>][] = [
      ['no token', {}],
      ['an unknown token', { headers: { ...headers, ...bearer(tokens.stranger) } }],
      ['a revoked token', { headers: { ...headers, ...bearer(tokens.revoked) } }],
      ['a token without its scheme', { headers: { ...headers, authorization: tokens.operator } }],
      ['a name and a password', { headers: { ...headers, authorization: `Basic ${btoa(`local:${stack().token}`)}` } }],
      ['a token in the address', { url: `${url}?${query}` }],
      ['a token in a cookie', { headers: { ...headers, cookie: `token=${tokens.operator}` } }],
      ...(each.route.body === undefined || takesFile(each.route)
        ? []
        : [['a token in the body', { body: JSON.stringify(inBody) }] satisfies [string, Partial<Attempt>]]),
    ];
    for (const [what, change] of strangers)
      expectError(each, await attempt({ method, url, headers, body, ...change }), [401], what);
    const tooSmall =
      access === 'admin' ? [tokens.viewer, tokens.operator] : access === 'operator' ? [tokens.viewer] : [];
    for (const token of tooSmall)
      expectError(
        each,
        await attempt({ method, url, headers: { ...headers, ...bearer(token) }, body }),
        [403],
        'a small role',
      );
  });

  it.each(named(CASES.filter(({ route }) => route.access === 'none')))('%s answers all the same', async (_, each) => {
    expect((await attempt({ method: each.route.method, url: urlOf(each) })).status).toBe(200);
  });
});

const withBody = CHANGING.filter(({ route }) => route.body?.schema !== undefined);

describe('with the right token and a wrong request', () => {
  it.each(named(withBody))('%s takes no other JSON, and names the fields', async (_, each) => {
    const { method, body: described } = each.route;
    const request = { method, url: urlOf(each), headers: { ...allowed(each), 'content-type': 'application/json' } };
    for (const body of ['{"reason":', 'x', tokens.operator, '[1]', '"text"', '12', 'null['])
      expectError(each, await attempt({ ...request, body }), [400], body);

    const fields = described?.schema instanceof z.ZodObject ? Object.keys(described.schema.shape) : [];
    expect(fields.length).toBeGreaterThan(0);
    const wrong = Object.fromEntries(fields.map((field) => [field, { token: tokens.operator }]));
    const outcome = await attempt({ ...request, body: JSON.stringify(wrong) });
    const atFault = expectError(each, outcome, [400], 'every field of another type').map((f) => f.split('.')[0]);
    if (each.route.errors === undefined) {
      expect(atFault.length).toBeGreaterThan(0);
      expect(fields).toEqual(expect.arrayContaining(atFault));
    }
  });

  it.each(named(withBody))('%s takes no other type', async (_, each) => {
    // The protocol's clients send whatever type they like.
    const statuses = each.route.errors === undefined ? [400, 415] : [400];
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
      const headers = { ...allowed(each), 'content-type': type };
      expectError(
        each,
        await attempt({ method: each.route.method, url: urlOf(each), headers, body: '<reason/>' }),
        statuses,
        type,
      );
    }
  });

  // An import is read in a stream, however long it is.
  const bounded = CHANGING.filter(({ route }) => route.body !== undefined && route.name !== 'importFile');
  it.each(named(bounded))('%s takes no more than so much', async (_, each) => {
    const type = takesFile(each.route) ? 'application/octet-stream' : 'application/json';
    const request = {
      method: each.route.method,
      url: urlOf(each),
      headers: { ...allowed(each), 'content-type': type },
    };
    expectError(each, await attempt({ ...request, announce: 2 ** 30 }), [413], 'a gibibyte announced');
    if (
      !takesFile(each.route) &&
      !['infer', 'inferVersion', 'registerModel', 'completeTraining'].includes(each.route.name)
    )
      expectError(each, await attempt({ ...request, stream: 3 * 2 ** 20 }), [413], 'bytes without an end');
  });

  it.each(named(CHANGING.filter(({ route }) => route.path.includes('{'))))(
    '%s takes no address that is none',
    async (_, each) => {
      const { headers, body } = goodBody(each.route);
      const nonsense = each.route.path.replaceAll(/\{(\w+)\}/g, '%F0%9F%92%A5%20%27or%201%3D1%00');
      const url = urlOf(each).replace(pathOf(each.route), nonsense);
      const outcome = await attempt({
        method: each.route.method,
        url,
        headers: { ...allowed(each), ...headers },
        body,
      });
      expectError(each, outcome, [400, 404], url);
    },
  );

  it('an import of an unknown kind is refused by its name', async () => {
    const each = CASES.find(({ route }) => route.name === 'importFile');
    if (!each) throw new Error('there is no import');
    const url = `${urlOf(each)}?kind=${tokens.operator}`;
    const outcome = await attempt({ method: 'POST', url, headers: allowed(each), body: 'x' });
    expect(expectError(each, outcome, [400], 'an unknown kind')).toEqual(['kind']);
  });

  it('the registry passes dead letters on only for those who may', async () => {
    const url = `${stack().urls.registry}/v1/dead-letters/replay`;
    for (const [headers, status] of [
      [{}, 401],
      [bearer(tokens.viewer), 403],
    ] as const)
      expect((await attempt({ method: 'POST', url, headers, body: undefined })).status).toBe(status);
  });
});

it('nothing of all that changed anything', async () => {
  const after = (await settled()).split('\n');
  expect(after.filter((line) => !before.includes(line))).toEqual([]);
  expect(after.length).toBe(before.split('\n').length);
});

it.each(named(CHANGING))('%s would have taken the request of somebody who may', async (_, each) => {
  const { headers, body } = goodBody(each.route);
  const outcome = await attempt({
    method: each.route.method,
    url: urlOf(each),
    headers: { ...headers, ...allowed(each) },
    body,
  });
  expect([200, 201, 202, 404, 409], outcome.text).toContain(outcome.status);
  if (each.route.name === 'createToken') answers.pop();
});

describe('a token', () => {
  it('of those given out here is in no answer, no log, no metric and no table', async () => {
    const { urls, home, token } = stack();
    const secrets = Object.values({ ...tokens, local: token });
    const logs = join(home, 'logs');
    for (const file of await readdir(logs)) answers.push(await readFile(join(logs, file), 'utf8'));
    for (const name of ['registry', 'serving-1', 'feedback-ingest'] as const)
      answers.push(await (await fetch(`${urls[name]}/metrics`)).text());
    for (const text of (await databaseRows(stack())).values()) answers.push(text);
    expect(answers.some((text) => text.includes('former operator'))).toBe(true);
    for (const secret of secrets)
      for (const text of answers) {
        const at = text.indexOf(secret);
        expect(at < 0 ? '' : text.slice(Math.max(0, at - 200), at)).toBe('');
      }
  });

  it('that is revoked opens nothing, and its name is not given out again', async () => {
    const registry = new RegistryClient(stack().urls.registry, stack().token);
    expect(await registry.request('DELETE', '/v1/tokens/former%20operator')).toMatchObject({ status: 200 });
    expect(await registry.request('DELETE', '/v1/tokens/nobody')).toMatchObject({ status: 404 });
    expect(await registry.request('DELETE', '/v1/tokens/local')).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('RATCHET_ADMIN_TOKEN') },
    });
    expect(await registry.request('POST', '/v1/tokens', { name: 'former operator', role: 'viewer' })).toMatchObject({
      status: 409,
    });
    const actions = await stack().query<{ action: string; actor: string }>(
      "select action, actor from registry.audit where action = 'token.revoked' order by sequence",
    );
    expect(actions).toEqual([
      { action: 'token.revoked', actor: 'local' },
      { action: 'token.revoked', actor: 'local' },
    ]);
  });

  it.each(['n'.repeat(200), '\u{1F680}'.repeat(100), 'Ada Lovelace / night shift? 100%'])(
    'is revoked whatever its name is: %s',
    async (name) => {
      const registry = new RegistryClient(stack().urls.registry, stack().token);
      expect(await registry.request('POST', '/v1/tokens', { name, role: 'viewer' })).toMatchObject({ status: 201 });
      const { code, stderr } = await stack().cli('token', 'revoke', '--name', name);
      expect(code, stderr).toBe(0);
    },
  );

  it('that is revoked after it was used opens nothing within seconds', async () => {
    const registry = new RegistryClient(stack().urls.registry, stack().token);
    const ingest = `${stack().urls['feedback-ingest']}/v1/imports`;
    const whoami = async (): Promise<number[]> =>
      Promise.all(
        [`${stack().urls.registry}/v1/whoami`, ingest].map(
          async (url) => (await fetch(url, { headers: bearer(tokens.viewer) })).status,
        ),
      );
    expect(await whoami()).toEqual([200, 200]);
    const events = await fetch(`${stack().urls.registry}/v1/events`, { headers: bearer(tokens.viewer) });
    expect(events.status).toBe(200);
    await registry.request('DELETE', '/v1/tokens/viewer');
    // What is followed already ends.
    await events.text();
    await until('the token to open nothing', async () => (await whoami()).every((status) => status === 401), {
      deadlineMs: 30_000,
    });
    await stack().cli('token', 'export', '--output', join(stack().home, 'tokens.json'));
    const url = `${stack().urls['serving-1']}/v2/models/${DEFAULT_MODEL}`;
    await until(
      'serving to have read that it is revoked',
      async () => (await fetch(url, { headers: bearer(tokens.viewer) })).status === 401,
      { deadlineMs: 30_000 },
    );
    expect((await fetch(url, { headers: bearer(tokens.operator) })).status).toBe(200);
  });
});

afterAll(() => {
  answers.length = 0;
});
