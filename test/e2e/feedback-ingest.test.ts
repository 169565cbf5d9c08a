import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DatasetSummary } from '#contracts/http/dataset';
import { DeadLetterDetail, DeadLetterGroup, FeedbackSource, ReplayAccepted } from '#contracts/http/feedback';
import { ImportProgress } from '#contracts/http/ingest';
import { readFeedback } from '#domain/feedback/read';
import { rulesOf } from '#domain/feedback/rules';
import { loadModelDefinitions } from '#platform/model-definitions';
import { Offsets } from '../../apps/feedback-ingest/storage/offsets.js';
import { EventRows } from '../../apps/feedback-ingest/storage/rows.js';
import { FeedbackStore } from '../../apps/feedback-ingest/storage/store.js';
import { REPOSITORY } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';
import { allowToken, feedbackProducer, ingestedUpTo } from '../stack/feedback.js';
import { useStack } from '../stack/use-stack.js';

const RULES = rulesOf(loadModelDefinitions(join(REPOSITORY, 'deploy/models')).values());
const FIXTURES = join(REPOSITORY, 'test/fixtures/feedback');

/** Stands in for the engine's API: records a minute apart, newest first, with faults on demand. */
class HistoricalApiStandIn {
  readonly requests: { limit: number; minDate: string }[] = [];
  /** What the next requests get instead of an answer. */
  faults: ('500' | '429' | 'cut' | 'half')[] = [];
  token = 'right';
  total = 0;
  cap = Number.POSITIVE_INFINITY;
  private readonly newest = Date.now() - 60_000;
  private server: Server | null = null;

  async start(): Promise<string> {
    this.server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://stand-in');
      const fault = this.faults.shift();
      if (request.headers['x-api-token'] !== this.token) {
        response.writeHead(401).end('{"error":"Invalid API token"}');
        return;
      }
      if (fault === '500') return void response.writeHead(500).end('oops');
      if (fault === '429') return void response.writeHead(429, { 'retry-after': '0' }).end('slow down');
      const limit = Number(url.searchParams.get('limit') ?? 1000);
      const minDate = url.searchParams.get('min_date') ?? '2000-01-01';
      this.requests.push({ limit, minDate });
      const data = this.records(Math.min(limit, this.cap), Date.parse(minDate));
      const body = JSON.stringify({ success: true, count: data.length, data });
      if (fault === 'cut') {
        response.writeHead(200, { 'content-length': body.length });
        response.write(body.slice(0, body.length / 2), () => response.destroy());
      } else response.end(fault === 'half' ? body.slice(0, body.length / 2) : body);
    });
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private records(limit: number, from: number) {
    const records = [];
    for (let i = 0; i < this.total && records.length < limit; i++) {
      const at = this.newest - i * 15_000;
      if (at < from) break;
      records.push({
        success: i % 2 === 0,
        created_at: new Date(at).toISOString(),
        task: { id: 1_000_000 + i, type: 'forum', status: i % 2 === 0 ? 'success' : 'failed', error_message: null },
        backlink: {
          id: i,
          url: `https://site${i}.example.org/`,
          pa: '31',
          da: 44,
          site_type: 'forum',
          status: 'active',
        },
        campaign: null,
        opportunity: null,
      });
    }
    return records;
  }
}

const api = new HistoricalApiStandIn();
const apiEnv: NodeJS.ProcessEnv = { HISTORICAL_API_TOKEN: 'right' };
beforeAll(async () => {
  apiEnv.HISTORICAL_API_URL = await api.start();
});
afterAll(() => api.stop());

describe('feedback-ingest', () => {
  const stack = useStack('feedback-ingest', { services: ['feedback-ingest'], env: { 'feedback-ingest': apiEnv } });

  async function post(
    path: string,
    body: Buffer | string,
    { token = stack().token, type = 'application/octet-stream' } = {},
  ): Promise<Response> {
    return fetch(`${stack().urls['feedback-ingest']}${path}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
    });
  }

  /** All lines of progress; the rejections of all of them together. */
  async function progressOf(response: Response) {
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => ImportProgress.parse(JSON.parse(line)));
    const last = lines.at(-1);
    if (!last) throw new Error('no progress');
    expect(last.done).toBe(true);
    expect(last.counts.read).toBe(
      last.counts.taken + last.counts.folded + last.counts.duplicate + last.counts.rejected,
    );
    return { ...last, rejections: lines.flatMap((line) => line.rejections) };
  }

  async function importFixture(name: string, query = '') {
    return progressOf(await post(`/v1/imports?name=${name}${query}`, await readFile(join(FIXTURES, name))));
  }

  const task = async (id: string) =>
    (await stack().query('select * from feedback.training_rows where task_id = $1', [id]))[0];

  beforeAll(() => allowToken(stack()));

  describe('imports', () => {
    it('takes an automation log with all its oddities, and a second run adds nothing', async () => {
      const first = await importFixture('automation_logs.jsonl');
      expect(first).toMatchObject({ kind: 'automation', error: null });
      expect(first.counts).toEqual({
        read: 15,
        taken: 5,
        folded: 3,
        duplicate: 1,
        rejected: 6,
        rejected_by_reason: {
          'unknown-action': 1,
          'unreadable-time': 1,
          'not-json': 1,
          'time-out-of-range': 1,
          'missing-field': 1,
          'nul-character': 1,
        },
      });
      expect(first.rejections.map(({ line, reason, field }) => [line, reason, field])).toEqual([
        [7, 'unknown-action', 'action_attempted'],
        [8, 'unreadable-time', 'timestamp'],
        [10, 'not-json', null],
        [14, 'time-out-of-range', 'timestamp'],
        [15, 'missing-field', 'task_id'],
        [16, 'nul-character', 'domain'],
      ]);
      const again = await importFixture('automation_logs.jsonl');
      expect(again.counts).toMatchObject({ read: 15, taken: 0, folded: 0, duplicate: 9, rejected: 6 });
    });

    it.each([
      ['in row 101 of 5,000', '\n', ''],
      ['in the same, written by a spreadsheet', '\r\n', '\ufeff'],
    ])('rejects a CSV row with a quote that is not closed, %s, and takes the rest', async (_, end, mark) => {
      const row = (n: number): string =>
        `unclosed-${end.length}-${n},forum,success,${n === 101 ? '"' : ''}https://a.example/${n},2026-01-04T09:00:00Z`;
      const rows = Array.from({ length: 5000 }, (_, i) => row(i + 1));
      const csv = `${mark}${['task_id,action_attempted,result,url,timestamp', ...rows, ''].join(end)}`;
      const { counts, rejections, error } = await progressOf(await post('/v1/imports?name=unclosed.csv', csv));
      expect(error).toBeNull();
      expect(counts).toMatchObject({ read: 5000, taken: 4999, rejected_by_reason: { 'unclosed-quote': 1 } });
      expect(rejections).toMatchObject([{ line: 102, reason: 'unclosed-quote', field: 'url' }]);
    });

    it('keeps the last attempt of a task by its time, not by its retry count or its place', async () => {
      expect(await task('9041')).toMatchObject({
        action: 'forum',
        result: 'success',
        success: true,
        attempts: 4,
        occurred_at: new Date('2026-01-04T09:21:47.500Z'),
        time_source: 'event',
      });
      expect(await task('9046')).toMatchObject({ time_source: 'received', success: false });
      expect(await task('9042')).toMatchObject({ action: 'profile', features: {} });
      expect(await task('9048')).toMatchObject({ version: 'v1.0.0', features: expect.objectContaining({ pa: 40 }) });
    });

    it('folds a shadow log into the attempts it tells of, and never takes a suggestion for an action', async () => {
      const { counts, kind } = await importFixture('shadow_mode_logs.jsonl');
      expect(kind).toBe('shadow');
      expect(counts).toEqual({
        read: 7,
        taken: 2,
        folded: 1,
        duplicate: 1,
        rejected: 3,
        rejected_by_reason: { 'unknown-action': 1, 'unknown-result': 1, 'out-of-range': 1 },
      });
      expect(await task('9041')).toMatchObject({
        action: 'forum',
        success: true,
        attempts: 4,
        features: { domain: 'forum.example.org', pa: 31, da: 44, site_type: 'forum' },
      });
      expect(await task('9061')).toMatchObject({ action: 'guest', result: 'error', success: false });
    });

    it('takes a raw export', async () => {
      const { counts, kind, rejections } = await importFixture('raw_export.csv');
      expect(kind).toBe('dataset');
      expect(counts).toEqual({
        read: 15,
        taken: 5,
        folded: 1,
        duplicate: 1,
        rejected: 8,
        rejected_by_reason: {
          'header-row': 1,
          'unknown-action': 3,
          'broken-url': 1,
          'missing-field': 1,
          'wrong-type': 1,
          'unknown-result': 1,
        },
      });
      expect(rejections[0]).toMatchObject({ line: 5, reason: 'header-row' });
      const rows = await stack().query(
        "select action, success, features from feedback.training_rows where kind = 'dataset' order by action",
      );
      expect(rows).toHaveLength(3);
      expect(rows[0]).toEqual({
        action: 'forum',
        success: true,
        features: { url: 'https://forum.example.org/t/1?a=1,2', pa: 31 },
      });
    });

    it('takes an enriched dataset, a log as CSV, and a saved answer of the API', async () => {
      expect((await importFixture('training_backlinks_enriched.csv')).counts).toMatchObject({
        read: 4,
        taken: 3,
        rejected_by_reason: { 'wrong-type': 1 },
      });
      const csv = await importFixture('automation_logs.csv');
      expect(csv).toMatchObject({ kind: 'automation' });
      expect(csv.counts).toMatchObject({
        read: 5,
        taken: 2,
        rejected_by_reason: { 'wrong-type': 1, 'header-row': 1, 'missing-field': 1 },
      });
      expect(await task('9071')).toMatchObject({ action: 'forum', failure_reason: 'blocked, by the "guard"' });
      const historical = await importFixture('historical.json');
      expect(historical.kind).toBe('historical');
      expect(historical.counts).toMatchObject({
        read: 4,
        taken: 2,
        rejected_by_reason: { 'unreadable-time': 1, 'unknown-action': 1 },
      });
      expect(historical.rejections.map(({ line }) => line)).toEqual([14, 16]);
    });

    it('says what is wrong before it begins', async () => {
      const unknown = await post('/v1/imports?name=x.txt', 'hello\nworld\n');
      expect(unknown.status).toBe(400);
      expect(await unknown.json()).toMatchObject({ title: 'Unusable file', code: 'unusable-file' });
      expect((await post('/v1/imports?name=x&model=other', '{}')).status).toBe(400);
      expect((await post('/v1/imports?name=x&kind=odd', '{}')).status).toBe(400);
      expect((await post('/v1/imports?name=x', '{}', { token: 'wrong' })).status).toBe(401);
    });
  });

  describe('Kafka', () => {
    it('recognises the lines of an imported log when they come as messages', async () => {
      const lines = (await readFile(join(FIXTURES, 'automation_logs.jsonl'), 'utf8')).split('\n').filter(Boolean);
      const [before] = await stack().query<{ n: string }>('select count(*) as n from feedback.events');
      const producer = await feedbackProducer(stack());
      await producer.send(
        'automation.outcomes',
        lines.map((value) => ({ value })),
      );
      await producer.close();
      await ingestedUpTo(stack(), 'automation.outcomes');
      const [after] = await stack().query<{ n: string }>('select count(*) as n from feedback.events');
      expect(after).toEqual(before);
      const letters = await stack().query<{ reason: string }>('select reason from feedback.dead_letters');
      expect(letters.map(({ reason }) => reason).sort()).toEqual([
        'missing-field',
        'not-json',
        'nul-character',
        'time-out-of-range',
        'unknown-action',
        'unreadable-time',
      ]);
    });

    it('joins predictions with outcomes, whichever comes first, and judges them', async () => {
      const early = randomUUID();
      const late = randomUUID();
      const prediction = (id: string, taskId: string, decision: string) => ({
        prediction_id: id,
        model: 'backlink-outcome',
        task_id: taskId,
        predicted_at: new Date(Date.now() - 5000).toISOString(),
        instance: 'serving-1',
        version: 'v1.0.0',
        generation: 1,
        role: 'live',
        site: { url: 'https://a.example.org/', pa: 7, da: 9 },
        decision,
        probabilities: { comment: 0.2, profile: 0.3, forum: 0.9, guest: 0.1 },
        propensity: 0.8,
      });
      const outcome = (taskId: string, action: string, extra: object = {}) => ({
        timestamp: new Date().toISOString(),
        task_id: taskId,
        action_attempted: action,
        result: 'success',
        ...extra,
      });
      const producer = await feedbackProducer(stack());
      await producer.send('predictions', [{ value: JSON.stringify(prediction(early, 'joined-1', 'forum')) }]);
      await producer.send('automation.outcomes', [
        { value: JSON.stringify(outcome('joined-1', 'forum', { prediction_id: early, site: { pa: 8 } })) },
        { value: JSON.stringify(outcome('joined-2', 'guest')) },
      ]);
      await ingestedUpTo(stack(), 'automation.outcomes');
      await producer.send('predictions', [{ value: JSON.stringify(prediction(late, 'joined-2', 'forum')) }]);
      await producer.close();
      await ingestedUpTo(stack(), 'predictions');
      expect(await task('joined-1')).toMatchObject({
        propensity: 0.8,
        version: 'v1.0.0',
        prediction_id: early,
        features: { url: 'https://a.example.org/', pa: 8, da: 9 },
      });
      // The action was not the one that was recommended, so its propensity is not known.
      expect(await task('joined-2')).toMatchObject({ propensity: null, prediction_id: late, action: 'guest' });
      const judged = await stack().query<{ task_id: string; judged_seq: string }>(
        'select * from feedback.judged_predictions order by judged_seq',
      );
      expect(judged).toMatchObject([
        { task_id: 'joined-1', decision: 'forum', action: 'forum', success: true },
        { task_id: 'joined-2', decision: 'forum', action: 'guest', success: true },
      ]);
    });

    it('puts dead letters on their topic', async () => {
      const admin = stack().kafka.admin();
      await admin.connect();
      try {
        await until('the dead letters to be published', async () => {
          const [end] = await admin.fetchTopicOffsets('feedback.dead-letter');
          return end?.high === '6';
        });
      } finally {
        await admin.disconnect();
      }
    });

    it('goes on after it was killed, with nothing lost or doubled', async () => {
      const producer = await feedbackProducer(stack());
      const send = (from: number) =>
        producer.send(
          'automation.outcomes',
          Array.from({ length: 5000 }, (_, i) => ({
            key: `crash-${from + i}`,
            value: JSON.stringify({ task_id: `crash-${from + i}`, action_attempted: 'forum', result: 'failed' }),
          })),
        );
      for (let i = 0; i < 4; i++) await send(i * 5000);
      await stack().crash('feedback-ingest');
      for (let i = 4; i < 6; i++) await send(i * 5000);
      await producer.close();
      await ingestedUpTo(stack(), 'automation.outcomes');
      const [count] = await stack().query(
        "select count(*)::int as rows, count(distinct event_id)::int as ids from feedback.events where task_id like 'crash-%'",
      );
      expect(count).toEqual({ rows: 30_000, ids: 30_000 });
      const [rows] = await stack().query(
        "select count(*)::int as rows from feedback.training_rows where task_id like 'crash-%'",
      );
      expect(rows).toEqual({ rows: 30_000 });
    });
  });

  describe('two writers of one partition', () => {
    it('are told apart by the offset they believe in: the late one is fenced and has stored nothing', async () => {
      const pool = new pg.Pool({ connectionString: stack().databaseUrl });
      const [quick, frozen] = [new FeedbackStore(pool), new FeedbackStore(pool)];
      const offsets = new Offsets(pool);
      const advance = {
        topic: 'shadow.outcomes',
        partition: 99,
        identity: 'cluster/topic',
        expected: 0n,
        next: 5n,
        leaderEpoch: 3,
      };
      await offsets.begin(advance, 0n, advance.identity);
      const batch = (eventId: string) => {
        const records = new EventRows();
        const fields = {
          timestamp: '2026-01-04T09:12:31Z',
          task_id: eventId,
          action_attempted: 'forum',
          result: 'failed',
        };
        const now = Date.now() * 1000;
        records.add(readFeedback('automation', fields, { eventId, rules: RULES, receivedAt: now, now }), now);
        return { records, rejected: [] };
      };
      const ids = [randomUUID(), randomUUID()] as const;
      expect(await quick.store(batch(ids[0]), advance)).toMatchObject({ kind: 'stored', stored: 1 });
      expect(await frozen.store(batch(ids[1]), advance)).toEqual({ kind: 'fenced' });
      const stored = await pool.query('select event_id from feedback.events where event_id = any($1)', [ids]);
      expect(stored.rows).toEqual([{ event_id: ids[0] }]);
      expect(await offsets.read(advance)).toEqual({ expected: 5n, identity: advance.identity, leaderEpoch: 3 });
      const elsewhere = { ...advance, identity: 'cluster/another', expected: 5n, next: 9n };
      expect(await frozen.store(batch(ids[1]), elsewhere)).toEqual({ kind: 'fenced' });
      await pool.query('delete from feedback.offsets where partition = 99');
      await pool.end();
    });
  });

  describe('dead letters', () => {
    const get = async (path: string) => {
      const response = await fetch(`${stack().urls['feedback-ingest']}${path}`, {
        headers: { authorization: `Bearer ${stack().token}` },
      });
      expect(response.status).toBe(200);
      return response;
    };
    const replay = async (body: object) => {
      const response = await fetch(`${stack().urls['feedback-ingest']}/v1/dead-letters/replay`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${stack().token}`, 'content-type': 'application/json' },
      });
      expect(response.status).toBe(200);
      return ReplayAccepted.parse(await response.json()).replayed;
    };
    const groups = async (query = '') =>
      z.array(DeadLetterGroup).parse(await (await get(`/v1/dead-letters${query}`)).json());

    it('are listed by reason with an example, and shown whole', async () => {
      const all = await groups();
      expect(all.map(({ reason, waiting }) => [reason, waiting])).toContainEqual(['unknown-action', 1]);
      const [group] = await groups('?reason=unknown-action');
      expect(group?.example).toMatchObject({ field: 'action_attempted', value: expect.stringContaining('directory') });
      const detail = DeadLetterDetail.parse(await (await get(`/v1/dead-letters/${group?.example.id}`)).json());
      expect(Buffer.from(detail.value_base64, 'base64').toString()).toContain('"task_id":9044');
    });

    it('are sent again once; what is still wrong comes back, what is right now is taken once', async () => {
      expect(await replay({ reason: 'unknown-action' })).toBe(1);
      await ingestedUpTo(stack(), 'automation.outcomes');
      expect(await groups('?reason=unknown-action')).toMatchObject([{ waiting: 1, replayed: 1 }]);

      // As if what made it a dead letter had been repaired since.
      const id = randomUUID();
      const value = JSON.stringify({ task_id: 'repaired-1', action_attempted: 'guest', result: 'success' });
      await stack().query(
        `insert into feedback.dead_letters (id, reason, detail, topic, partition, "offset", value, received_at)
         values ($1, 'unknown-model', 'expected another', 'automation.outcomes', 0, 1000000000, $2, now())`,
        [id, Buffer.from(value)],
      );
      expect(await replay({ ids: [id] })).toBe(1);
      expect(await replay({ ids: [id] })).toBe(0);
      // As if the process had died between sending and marking.
      await stack().query('update feedback.dead_letters set replayed_at = null where id = $1', [id]);
      expect(await replay({ ids: [id] })).toBe(1);
      await ingestedUpTo(stack(), 'automation.outcomes');
      const rows = await stack().query("select 1 from feedback.events where task_id = 'repaired-1'");
      expect(rows).toHaveLength(1);
    });

    it('do not hide what the sources bring', async () => {
      const sources = z.array(FeedbackSource).parse(await (await get('/v1/metrics/feedback')).json());
      expect(sources.find(({ topic }) => topic === 'automation.outcomes')).toMatchObject({ lag: 0 });
    });
  });

  describe('the dataset', () => {
    const get = (path: string) =>
      fetch(`${stack().urls['feedback-ingest']}${path}`, { headers: { authorization: `Bearer ${stack().token}` } });

    it('is summed up by feature', async () => {
      const summary = DatasetSummary.parse(await (await get('/v1/dataset/summary')).json());
      const [count] = await stack().query('select count(*)::int as n from feedback.training_rows');
      expect(summary.rows).toBe(count?.n);
      expect(summary.waiting).toBe(2);
      const pa = summary.features.find(({ feature }) => feature === 'pa');
      expect(pa?.present).toBeGreaterThan(0);
      expect((pa?.present ?? 0) + (pa?.missing ?? 0)).toBe(summary.rows);
      expect(pa?.numbers).toMatchObject({ minimum: expect.any(Number), maximum: expect.any(Number) });
    });

    it('is exported in the columns of the enriched dataset, which can be imported again', async () => {
      const response = await get('/v1/dataset/export?format=csv');
      const csv = await response.text();
      const [header, ...rows] = csv.trim().split('\n');
      expect(header).toMatch(/^url,type,pa,da,status,domain,tld,/);
      const [count] = await stack().query('select count(*)::int as n from feedback.training_rows');
      expect(rows).toHaveLength(Number(count?.n));
      expect(rows).toContainEqual(
        expect.stringMatching(
          /^https:\/\/wiki\.example\.org\/page\/one,profile,35,60,success,wiki\.example\.org,org,2,1,/,
        ),
      );
      const learnt = (await (await get('/v1/dataset/export?without_holdout=true')).text()).trim().split('\n').slice(1);
      expect(learnt.length).toBeLessThan(rows.length);
      expect(rows).toEqual(expect.arrayContaining(learnt));
      const parquet = Buffer.from(await (await get('/v1/dataset/export?format=parquet')).arrayBuffer());
      expect(parquet.subarray(0, 4).toString()).toBe('PAR1');
      expect(parquet.subarray(-4).toString()).toBe('PAR1');
      expect((await get('/v1/dataset/export?format=xlsx')).status).toBe(400);
    });
  });

  describe('collection', () => {
    const collect = (days: number) =>
      post('/v1/collections', JSON.stringify({ since_days: days }), { type: 'application/json' });

    it('says that the token is wrong', async () => {
      api.token = 'another';
      const result = await progressOf(await collect(7));
      expect(result.error).toContain('refused the token (401: {"error":"Invalid API token"})');
      expect(result.error).toContain('set HISTORICAL_API_TOKEN');
      expect(result.counts.read).toBe(0);
      api.token = 'right';
    });

    it('fetches 25,000 records behind a limit of 1,000, through every fault', async () => {
      api.total = 25_000;
      api.faults = ['500', 'cut', '429', 'half'];
      const result = await progressOf(await collect(7));
      expect(result).toMatchObject({ kind: 'historical', error: null });
      expect(result.counts).toMatchObject({ read: 25_000, taken: 25_000 });
      expect(api.requests.map(({ limit }) => limit)).toContain(1000);
      const again = await progressOf(await collect(7));
      expect(again.counts).toMatchObject({ read: 25_000, taken: 0, duplicate: 25_000 });
    });

    it('tells the gap when the API gives no more than so many', async () => {
      api.cap = 1000;
      const result = await progressOf(await collect(7));
      expect(result.counts.read).toBe(1000);
      expect(result.error).toContain('may be missing: the API gives at most 1000 records');
      api.cap = Number.POSITIVE_INFINITY;
    });
  });
});
