import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '#contracts/http/audit';
import { invoke } from '../../testing/invoke.js';
import { ids, modelStatus, run } from '../../testing/samples.js';
import { InTurn } from '../../testing/scripted-server.js';
import { useServer } from '../../testing/use-server.js';

const { against, received } = useServer();

const record = (sequence: number): AuditRecord => ({
  sequence,
  at: '2026-03-01T10:00:00.000Z',
  actor: 'maria',
  action: 'deployment.promoted',
  model: 'backlink-outcome',
  reason: `reason ${sequence}`,
  before: null,
  after: null,
  previous_hash: 'a'.repeat(64),
  hash: 'b'.repeat(64),
});
const records = (from: number, to: number): AuditRecord[] =>
  Array.from({ length: from - to + 1 }, (_, back) => record(from - back));

describe('audit', () => {
  it('reads on before a record, and says how to read on further', async () => {
    const result = await invoke(
      ['audit', '--before', '1200', '--limit', '2'],
      await against({ 'GET /v1/audit': records(1199, 1198) }),
    );
    expect(received().at(-1)?.url).toBe('/v1/audit?before=1200&limit=2');
    expect(result.stdout).toContain('Older ones: ratchet audit --before 1198');
  });

  it('asks page by page for more than the registry gives at once', async () => {
    const pages = new InTurn([records(1500, 501), records(500, 1)]);
    const result = await invoke(['audit', '--limit', '5000', '--json'], await against({ 'GET /v1/audit': pages }));
    expect(JSON.parse(result.stdout)).toHaveLength(1500);
    expect(received().map(({ url }) => url)).toEqual(['/v1/audit?limit=1000', '/v1/audit?before=501&limit=1000']);
  });
});

describe('runs --log', () => {
  const line = { line: 1, at: '2026-03-01T10:00:00.000Z', level: 'info', stage: 'train', progress: 0.5 };
  const said = [
    { ...line, message: 'round 80 of 200' },
    { ...line, line: 2, level: 'warn', message: 'no row of a class' },
  ];

  it('prints what the run said, found by the beginning of its id', async () => {
    const env = await against({ 'GET /v1/runs': [run], [`GET /v1/runs/${ids.run}/log`]: said });
    const result = await invoke(['runs', '--log', ids.run.slice(0, 8)], env);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/train +round 80 of 200\n.*warn: no row of a class/);
  });

  it('says what there is when no run is meant', async () => {
    const result = await invoke(['runs', '--log', 'ffff'], await against({ 'GET /v1/runs': [run] }));
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('No run begins with "ffff"') });
  });
});

describe('status', () => {
  it('tells how the live version does beside what was expected of it', async () => {
    const since = '2026-03-01T10:00:00.000Z';
    const accuracy = { version: 'v1.0.0', outcomes: 500, correct: 400, failures: 200, reference: 0.79, since };
    const env = await against({ 'GET /v1/models': [{ ...modelStatus, accuracy }] });
    const result = await invoke(['status'], env);
    expect(result.stdout).toMatch(/accuracy now +0\.8000 over 500 outcomes, reference 0\.7900/);
  });
});
