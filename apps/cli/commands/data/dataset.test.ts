import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetSummary } from '#contracts/http/dataset';
import { emptyFolder, invoke } from '../../testing/invoke.js';
import { problem } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against, received } = useServer();
const ROUTE = 'GET /v1/dataset/export';

const summary: DatasetSummary = {
  model: 'backlink-outcome',
  rows: 2000,
  waiting: 5,
  without_time: 0,
  answers: [{ answer: 'forum', rows: 500, successes: 125 }],
  features: [
    {
      feature: 'da',
      kind: 'numeric',
      present: 1500,
      missing: 500,
      categories: null,
      most_frequent: [],
      numbers: { minimum: 1, maximum: 100, mean: 41.23456 },
    },
    {
      feature: 'platform',
      kind: 'categorical',
      present: 2000,
      missing: 0,
      categories: 9,
      most_frequent: [{ value: 'wordpress', rows: 1200 }],
      numbers: null,
    },
  ],
};

const file = (text: string) => (_: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/csv' });
  response.end(text);
};

describe('dataset summary', () => {
  it('shows rows, answers and features', async () => {
    const result = await invoke(['dataset', 'summary'], await against({ 'GET /v1/dataset/summary': summary }));
    expect(received()[0]?.url).toBe('/v1/dataset/summary?model=backlink-outcome');
    expect(result.stdout).toMatch(/forum +500 +25\.0 % +125 +25\.0 %/);
    expect(result.stdout).toMatch(/da +numeric +75\.0 % +1 to 100, mean 41\.23/);
    expect(result.stdout).toMatch(/platform +categorical +100\.0 % +wordpress 1,200, … 8 more/);
  });
});

it('dataset summary of classes counts no successes', async () => {
  const churn = { ...summary, model: 'churn', answers: [{ answer: 'leaves', rows: 500, successes: null }] };
  const env = await against({ 'GET /v1/dataset/summary': churn });
  const { stdout } = await invoke(['dataset', 'summary', '--model', 'churn'], env);
  expect(stdout).toMatch(/leaves +500 +25\.0 %\n/);
  expect(stdout).not.toMatch(/success/i);
});

describe('dataset export', () => {
  it('writes a file named for the model', async () => {
    const folder = emptyFolder();
    const result = await invoke(['dataset', 'export'], await against({ [ROUTE]: file('a,b\n1,2\n') }), folder);
    expect(result.code).toBe(0);
    expect(received()[0]?.url).toBe('/v1/dataset/export?model=backlink-outcome&format=csv');
    expect(readFileSync(join(folder, 'backlink-outcome.csv'), 'utf8')).toBe('a,b\n1,2\n');
    expect(readdirSync(folder)).toEqual(['backlink-outcome.csv']);
    expect(result.stdout).toBe(`Wrote ${join(folder, 'backlink-outcome.csv')} (8 bytes).\n`);
  });

  it('--without-holdout and --raw are asked for', async () => {
    const env = await against({ [ROUTE]: file('a\n') });
    await invoke(['dataset', 'export', '--raw', '--without-holdout'], env, emptyFolder());
    expect(received()[0]?.url).toMatch(/&raw=true&without_holdout=true$/);
  });

  it('--output names a folder or a file, and - is stdout', async () => {
    const folder = emptyFolder();
    const env = await against({ [ROUTE]: file('PAR1') });
    await invoke(['dataset', 'export', '--format', 'parquet', '--output', '.'], env, folder);
    await invoke(['dataset', 'export', '--output', 'x.csv'], env, folder);
    expect(readdirSync(folder).sort()).toEqual(['backlink-outcome.parquet', 'x.csv']);
    expect((await invoke(['dataset', 'export', '--output', '-'], env, folder)).stdout).toBe('PAR1');
    expect((await invoke(['dataset', 'export', '--output', '-', '--json'], env, folder)).code).toBe(2);
  });

  it('leaves an earlier export as it was when the connection breaks off', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'backlink-outcome.csv'), 'of yesterday');
    const broken = (_: unknown, response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.write('a,b\n');
      setImmediate(() => response.destroy());
    };
    const result = await invoke(['dataset', 'export'], await against({ [ROUTE]: broken }), folder);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('broke off');
    expect(readdirSync(folder)).toEqual(['backlink-outcome.csv']);
    expect(readFileSync(join(folder, 'backlink-outcome.csv'), 'utf8')).toBe('of yesterday');
  });

  it.each([
    ['an unknown model', [ROUTE, problem(404, 'There is no model "x".')], ['--model', 'x'], 'There is no model "x"'],
    ['a folder that is not there', [ROUTE, file('a')], ['--output', 'no/x.csv'], 'Its folder is not there.'],
  ] as const)('%s is an error and leaves no file', async (_, [route, answer], args, text) => {
    const folder = emptyFolder();
    const result = await invoke(['dataset', 'export', ...args], await against({ [route]: answer }), folder);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(text);
    expect(existsSync(join(folder, 'backlink-outcome.csv'))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});
