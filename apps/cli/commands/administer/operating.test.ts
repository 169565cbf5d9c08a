import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { ids, modelStatus } from '../../testing/samples.js';
import { type Answer, type ScriptedServer, startScriptedServer } from '../../testing/scripted-server.js';

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

  it('writes the escape sequences of an event out', async () => {
    const hostile = (_: unknown, response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const data = JSON.stringify({ ...progress, message: '\u001B]0;owned\u0007\u009B2J' });
      response.write(`event: training.progress\ndata: ${data}\n\n`);
    };
    const env = await against({ [`GET ${MODEL}`]: modelStatus, 'GET /v1/events': hostile });
    const result = await invoke(['watch', '--for', '2'], env);
    expect(result.stdout).toContain('training 50 %: \\u001b]0;owned\\u0007\\u009b2J\n');
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
    ['subcommands', 'ratchet token ""', ['create', 'list', 'revoke', 'export', '--help']],
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
