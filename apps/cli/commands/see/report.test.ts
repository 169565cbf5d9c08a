import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against } = useServer();
const ROUTE = 'GET /v1/models/churn/versions/v1.1.0/report';
const ARGS = ['report', '--model', 'churn', '--version', 'v1.1.0'];

const page = (_: unknown, response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end('<!doctype html>');
};

describe('report', () => {
  it('writes a page named for the version', async () => {
    const folder = emptyFolder();
    const result = await invoke(ARGS, await against({ [ROUTE]: page }), folder);
    const file = join(folder, 'churn-v1.1.0.html');
    expect(result).toMatchObject({ code: 0, stdout: `Wrote ${file} (15 bytes). Open it in a browser.\n` });
    expect(readFileSync(file, 'utf8')).toBe('<!doctype html>');
  });

  it('writes it to stdout when asked to', async () => {
    const result = await invoke([...ARGS, '--output', '-'], await against({ [ROUTE]: page }), emptyFolder());
    expect(result.stdout).toBe('<!doctype html>');
  });

  it('says what the registry says where there is none, and leaves no file', async () => {
    const folder = emptyFolder();
    const told = 'churn v1.1.0 has no report: the evaluator has not judged it yet.';
    const result = await invoke(ARGS, await against({ [ROUTE]: problem(404, told) }), folder);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(told);
    expect(readdirSync(folder)).toEqual([]);
  });
});
