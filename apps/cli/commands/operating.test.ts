import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../failure.js';
import { emptyFolder, invoke } from '../testing/invoke.js';
import { deployment, ids, modelStatus } from '../testing/samples.js';
import { type Answer, InTurn, type ScriptedServer, startScriptedServer } from '../testing/scripted-server.js';
import { rehearse } from './drill.js';

const MODEL = '/v1/models/backlink-outcome';
let server: ScriptedServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function against(script: Readonly<Record<string, Answer>>) {
  server = await startScriptedServer(script);
  return { RATCHET_URL: server.url };
}

describe('watch', () => {
  const progress = {
    run_id: ids.run,
    request_id: ids.request,
    model: 'backlink-outcome',
    stage: 'train',
    progress: 0.5,
    message: 'round 100 of 200',
    at: '2026-01-04T09:00:00Z',
  };
  const stream = (_: unknown, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': following\n\n');
    response.write(`event: training.progress\ndata: ${JSON.stringify(progress)}\n\n`);
    response.write(`event: deployment\ndata: {}\n\nevent: training.progress\ndata: {"model":"x"}\n\n`);
  };

  it('prints a line per event that says something', async () => {
    const env = await against({ [`GET ${MODEL}`]: modelStatus, 'GET /v1/events': stream });
    const result = await invoke(['watch', '--for', '2'], env);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^\d\d:\d\d:\d\d {2}training\.progress +training 50 %: round 100 of 200\n$/);
  });

  it('prints a JSON document per event', async () => {
    const env = await against({ [`GET ${MODEL}`]: modelStatus, 'GET /v1/events': stream });
    const result = await invoke(['watch', '--for', '2', '--json'], env);
    const documents = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents.map((d) => d.topic)).toEqual(['training.progress', 'deployment', 'training.progress']);
    expect(documents[0].data).toEqual(progress);
  });
});

describe('models validate', () => {
  it('accepts what is delivered', async () => {
    const result = await invoke(['models', 'validate', '--json'], {});
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject([{ model: 'backlink-outcome', problems: [] }]);
  });

  it('points at the line that is wrong', async () => {
    const folder = emptyFolder();
    const good = 'name: demo\nkind: multi-class\nlabel: t\nclasses: [a, b]\nfeatures: [{ name: pa, kind: numeric }]\n';
    writeFileSync(join(folder, 'demo.yaml'), good);
    writeFileSync(join(folder, 'other.yaml'), good);
    writeFileSync(join(folder, 'broken.yaml'), `${good}sedd: 1\n`);
    const result = await invoke(['models', 'validate', '.'], {}, folder);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('demo.yaml  demo');
    expect(result.stdout).toContain('broken.yaml:6  sedd: there is no such setting');
    expect(result.stdout).toContain('other.yaml:1  name: is "demo", expected "other"');
  });
});

describe('drill', () => {
  const ref = (version: string) => ({ version, digest: `sha256:${'b'.repeat(64)}`, artifact_uri: 'x' });
  const live = { ...modelStatus, live: ref('v1.1.0'), rollback_to: ref('v1.0.0') };
  const cold = { ...live, instances: live.instances.map((i) => ({ ...i, warm: ['v1.1.0'] })) };

  it.each([
    ['every ready instance has the target in memory', live, true],
    ['one has not', cold, false],
    [
      'an instance that is not ready has not',
      { ...live, instances: [...live.instances, ...cold.instances.map((i) => ({ ...i, ready: false }))] },
      true,
    ],
    ['nobody is there', { ...live, instances: [] }, false],
  ])('%s: prepared is %s', (_, status, prepared) => {
    expect(rehearse(status)).toMatchObject({ target: 'v1.0.0', prepared });
  });

  it.each([
    ['nothing is live', { ...live, live: null }],
    ['there is nothing to go back to', { ...live, rollback_to: null }],
  ])('is an error when %s', (_, status) => {
    expect(() => rehearse(status)).toThrow(Failure);
  });

  it('changes nothing, and exits 1 when it is not prepared', async () => {
    const env = await against({ [`GET ${MODEL}`]: cold });
    const result = await invoke(['drill'], env);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('not prepared');
    expect(server?.received.every((r) => r.method === 'GET')).toBe(true);
  });

  it('--for-real goes back and forward again', async () => {
    const accepted = {
      command_id: ids.command,
      deployment_id: ids.deployment,
      generation: 8,
      from_version: 'v1.1.0',
      to_version: 'v1.0.0',
    };
    const env = await against({
      [`GET ${MODEL}`]: live,
      [`POST ${MODEL}/rollback`]: accepted,
      [`POST ${MODEL}/deploy`]: accepted,
      [`GET ${MODEL}/deployments/${ids.deployment}`]: new InTurn([deployment]),
    });
    const result = await invoke(['drill', '--for-real'], env);
    expect(result.code).toBe(0);
    const posts = server?.received.filter((r) => r.method === 'POST').map((r) => [r.url, JSON.parse(r.body).version]);
    expect(posts).toEqual([
      [`${MODEL}/rollback`, 'v1.0.0'],
      [`${MODEL}/deploy`, 'v1.1.0'],
    ]);
    expect(result.stdout).toMatch(/serving-1 +ready +yes +activated 12 ms +activated 12 ms/);
  });
});

describe.skipIf(spawnSync('bash', ['-c', 'exit 0']).status !== 0)('completion', () => {
  async function complete(line: string): Promise<string[]> {
    const { stdout } = await invoke(['completion', 'bash'], {});
    const script = `${stdout}\nCOMP_WORDS=(${line})\nCOMP_CWORD=$((\${#COMP_WORDS[@]} - 1))\n_ratchet\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout: words, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return words.split('\n').filter(Boolean);
  }

  it.each([
    ['commands', 'ratchet ro', ['rollback']],
    ['subcommands', 'ratchet token ""', ['create', '--help']],
    ['options', 'ratchet rollback --re', ['--reason']],
    ['options of a subcommand', 'ratchet token create --r', ['--role']],
    ['values of an option', 'ratchet token create --role op', ['operator']],
    ['values of another', 'ratchet retrain --model-type l', ['lightgbm']],
  ])('knows %s', async (_, line, words) => {
    expect(await complete(line)).toEqual(words);
  });

  it('has nothing for an unknown shell', async () => {
    expect((await invoke(['completion', 'tcsh'], {})).code).toBe(2);
  });
});
