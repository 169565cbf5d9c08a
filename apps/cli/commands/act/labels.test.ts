import { describe, expect, it } from 'vitest';
import type { AliasRecord, VersionLabels } from '#contracts/http/labels';
import { invoke } from '../../testing/invoke.js';
import { detail, summary } from '../../testing/samples.js';
import { problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against, posted, received } = useServer();

const champion: AliasRecord = {
  model: 'churn',
  alias: 'champion',
  version: 'v1.1.0',
  set_by: 'ada',
  set_at: '2026-01-04T09:00:00Z',
};
const labels: VersionLabels = {
  model: 'churn',
  version: 'v1.1.0',
  description: null,
  tags: { owner: 'ada' },
  aliases: ['champion'],
  changed: true,
};
const TAGS = '/v1/models/churn/versions/champion/tags';
const ALIASES = '/v1/models/churn/aliases';

describe('tag', () => {
  const tag = (...args: string[]) => ['tag', '--model', 'churn', '--version', 'champion', ...args];

  it('sets and takes away in one go, and says of which version', async () => {
    const env = await against({ [`POST ${TAGS}`]: labels });
    const result = await invoke(tag('owner=ada', 'note=a = b', '--remove', 'ticket', 'team'), env);
    expect(posted(TAGS)).toEqual([{ tags: { owner: 'ada', note: 'a = b', ticket: null, team: null } }]);
    expect(result).toMatchObject({ code: 0, stdout: 'churn v1.1.0 is tagged:\nowner  ada\n' });
  });

  it.each([
    [['owner'], 'expected a tag like owner=ada'],
    [['=ada'], 'expected a tag like owner=ada'],
    [['owner='], 'expected a tag like owner=ada'],
    [[], 'ratchet tag --model churn --version champion owner=NAME'],
  ])('refuses %j, and asks nobody', async (args, said) => {
    const result = await invoke(tag(...args), await against({}));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(said);
    expect(received()).toEqual([]);
  });
});

describe('alias', () => {
  it('says what it no longer means, and how that goes live', async () => {
    const env = await against({ [`POST ${ALIASES}`]: { ...champion, previous: 'v1.0.0' } });
    const result = await invoke(['alias', 'set', 'champion', '--model', 'churn', '--version', 'candidate'], env);
    expect(posted(ALIASES)).toEqual([{ alias: 'champion', version: 'candidate' }]);
    expect(result.stdout).toContain('champion points at v1.1.0, no longer at v1.0.0. What is live has not changed.');
    expect(result.stdout).toContain('ratchet deploy --model churn --version champion');
  });

  it.each([
    ['live', '"live" is Ratchet\'s own word for a version'],
    ['v1.0.0', 'unlike a version'],
    ['Champion', 'expected lower-case letters'],
  ])('refuses the name %s', async (name, said) => {
    const result = await invoke(['alias', 'set', name, '--version', 'v1.1.0'], await against({}));
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(said);
    expect(received()).toEqual([]);
  });

  it('lists them, or says how one is made', async () => {
    const args = ['alias', 'list', '--model', 'churn'];
    const some = await invoke(args, await against({ [`GET ${ALIASES}`]: [champion] }));
    expect(some.stdout).toMatch(/champion +v1\.1\.0 +2026-01-04 09:00:00 +ada/);
    const none = await invoke(args, await against({ [`GET ${ALIASES}`]: [] }));
    expect(none.stdout).toContain('ratchet alias set champion --model churn --version V');
  });

  it('takes one away', async () => {
    const env = await against({ [`DELETE ${ALIASES}/champion`]: champion });
    const result = await invoke(['alias', 'remove', 'champion', '--model', 'churn'], env);
    expect(result.stdout).toBe('champion is gone; it pointed at v1.1.0, which stays.\n');
  });
});

it('describes a version', async () => {
  const path = '/v1/models/churn/versions/v1.1.0/description';
  const env = await against({ [`POST ${path}`]: { ...labels, description: 'knows forums' } });
  const result = await invoke(['describe', '--model', 'churn', '--version', 'v1.1.0', 'knows forums'], env);
  expect(posted(path)).toEqual([{ description: 'knows forums' }]);
  expect(result.stdout).toContain('churn v1.1.0 is described: ratchet info --model churn --version v1.1.0');
});

it('shows all three, and of a registry that knows none of them as much as before', async () => {
  const said = { aliases: ['champion'], tags: { owner: 'ada' }, description: 'knows forums' };
  const base = '/v1/models/backlink-outcome/versions';
  const env = await against({
    [`GET ${base}`]: [{ ...summary, ...said }],
    [`GET ${base}/champion`]: { ...detail, ...said },
    [`GET ${base}/v1.1.0`]: detail,
  });
  expect((await invoke(['list'], env)).stdout).toMatch(/VERSION +ALIASES[\s\S]*v1\.1\.0 +champion/);
  const info = (await invoke(['info', '--version', 'champion'], env)).stdout;
  expect(info).toMatch(/knows forums[\s\S]*aliases +champion\ntags +owner=ada/);
  expect((await invoke(['info', '--version', 'v1.1.0'], env)).stdout).not.toContain('aliases');
});

it('passes on what the registry says of an alias that means nothing', async () => {
  const told = 'churn has no alias "champion"; "ratchet alias list --model churn" shows those there are.';
  const env = await against({ 'POST /v1/models/churn/deploy': problem(404, told, 'unknown-version') });
  const result = await invoke(['deploy', '--model', 'churn', '--version', 'champion', '--reason', 'x'], env);
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(told);
});
