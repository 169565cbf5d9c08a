import { randomBytes } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import {
  DeadLetterDetail,
  DeadLetterGroup,
  DropAccepted,
  FeedbackSource,
  FoundDeadLetter,
  ReplayAccepted,
} from '#contracts/http/feedback';
import { ConsumerReport } from '#contracts/http/health';
import { RawProducer } from '#kafka/produce/raw-producer';
import { until } from '../../deploy/local/until.js';
import { allowToken, ingestedUpTo } from '../stack/feedback.js';
import { useStack } from '../stack/use-stack.js';

const stack = useStack('dead-letters', { services: ['feedback-ingest', 'trainer'] });
let raw: RawProducer;

beforeAll(async () => {
  await allowToken(stack());
  raw = new RawProducer(stack().kafka);
  return () => raw.disconnect();
});

async function ask<S extends z.ZodType>(schema: S, path: string, body?: object): Promise<z.infer<S>> {
  const response = await fetch(`${stack().urls['feedback-ingest']}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${stack().token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return schema.parse(await response.json());
}

const Readiness = z.object({ consumers: z.array(ConsumerReport) });

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const json = (value: object) => Buffer.from(JSON.stringify(value));
const outcome = (task_id: string) =>
  json({ timestamp: '2026-01-04T09:12:31Z', task_id, action_attempted: 'forum', result: 'failed' });
const comparison = {
  timestamp: '2026-01-04T09:12:31Z',
  task_id: 'deep',
  rule_based_action: 'forum',
  ai_predicted_action: 'forum',
  task_result: 'failed',
};

const AWKWARD = [
  { key: Buffer.from([0, 255]), value: Buffer.from('not json'), headers: { trace: 'a\0b' } },
  { key: null, value: Buffer.from('{}'), headers: { ce_id: null, other: [null, Buffer.from([0, 255])] } },
  { key: null, value: Buffer.from([0xff, 0xfe, 0]), headers: { 'na\0me': Buffer.from([0xd8, 0]) } },
  { key: Buffer.alloc(0), value: null, headers: {} },
  { key: null, value: Buffer.from('{"task_id":"x","execution_time":1e400}'), headers: {} },
  { key: null, value: Buffer.from(`{"task_id":"x","more":${nested(12_000)}}`), headers: {} },
];

it('refuses and replays feedback byte for byte, whatever stands in it', async () => {
  for (const [n, each] of AWKWARD.entries())
    await raw.send('automation.outcomes', [each, { key: null, value: outcome(`after-${n}`), headers: {} }]);
  const deep = Buffer.from(JSON.stringify(comparison).replace('{', `{"ai_probabilities":{"a":${nested(7_000)}},`));
  const after = { key: null, value: json({ ...comparison, task_id: 'after-deep' }), headers: {} };
  await raw.send('shadow.outcomes', [{ key: null, value: deep, headers: {} }, after]);
  await ingestedUpTo(stack(), 'automation.outcomes');
  await ingestedUpTo(stack(), 'shadow.outcomes');
  const [events] = await stack().query<{ n: string }>(
    "select count(*) as n from feedback.events where task_id like 'after-%'",
  );
  expect(events?.n).toBe(String(AWKWARD.length + 1));

  const letters = async () =>
    stack().query<{ id: string; key: Buffer | null; value: Buffer | null; names: Buffer[]; values: (Buffer | null)[] }>(
      `select id, key, value, header_names as names, header_values as values from feedback.dead_letters
       where topic = 'automation.outcomes' and replayed_at is null order by received_at, "offset"`,
    );
  const expected = AWKWARD.map(({ key, value, headers }) => {
    const pairs = Object.entries(headers).flatMap(([name, values]) =>
      (Array.isArray(values) ? values : [values]).map(
        (each) => [name, each === null ? null : Buffer.from(each)] as const,
      ),
    );
    return { key, value, names: pairs.map(([name]) => Buffer.from(name)), values: pairs.map(([, each]) => each) };
  });
  const byValue = <L extends { value: Buffer | null }>(list: L[]): L[] =>
    list.toSorted((a, b) => String(a.value).localeCompare(String(b.value)));
  expect(byValue((await letters()).map(({ id: _, ...letter }) => letter))).toEqual(byValue(expected));

  const before = (await letters()).map(({ id }) => id);
  expect(await ask(ReplayAccepted, '/v1/dead-letters/replay', { topic: 'automation.outcomes' })).toEqual({
    replayed: AWKWARD.length,
    sent_before: 0,
  });
  await ingestedUpTo(stack(), 'automation.outcomes');
  const again = await letters();
  expect(again.some(({ id }) => before.includes(id))).toBe(false);
  expect(byValue(again.map(({ id: _, ...letter }) => letter))).toEqual(byValue(expected));
});

it('finds refused messages by what stands in them, newest first', async () => {
  const search = (query: string) => ask(z.array(FoundDeadLetter), `/v1/dead-letters/search?${query}`);
  const found = await search('text=execution_time');
  expect(found.length).toBeGreaterThan(0);
  for (const { excerpt, source } of found) {
    expect(excerpt).toContain('"execution_time":1e400');
    expect(source.topic).toBe('automation.outcomes');
  }
  const times = found.map(({ received_at }) => received_at);
  expect(times).toEqual(times.toSorted().reverse());
  expect(await search('text=execution_time&limit=1')).toEqual(found.slice(0, 1));
  expect(await search('text=execution_time&topic=shadow.outcomes')).toEqual([]);
  expect(await search('text=EXECUTION_time')).toEqual([]);
  expect(await search('text=%25%5C%27')).toEqual([]);
  const [deep] = await search('text=%22task_id%22:%22deep%22');
  expect(deep?.excerpt).toContain('"task_id":"deep"');
});

it('lists, shows and drops what another service could not handle', async () => {
  const request = (n: number, more = '') =>
    Buffer.from(
      `{"request_id":"00000000-0000-4000-8000-00000000000${n}","model":"backlink-outcome","trigger":"cli","actor":"test","requested_at":"2026-01-04T09:12:31.000Z","auto_deploy":false${more}}`,
    );
  const deep = request(1, `,"model_type":${nested(20_000)}`);
  await raw.send('training.requested', [
    { key: null, value: deep, headers: { none: null } },
    { key: null, value: request(2, ',"reason":"a\\u0000b"'), headers: {} },
    { key: null, value: request(3), headers: {} },
  ]);
  await until('the request after them to be a run', async () => {
    const runs = await stack().query("select 1 from training.runs where request_id::text like '%3'");
    return runs.length === 1;
  });
  const groups = async () => ask(z.array(DeadLetterGroup), '/v1/dead-letters?topic=training.requested');
  await until('both to be listed', async () => (await groups())[0]?.waiting === 2);
  expect(await groups()).toMatchObject([{ reason: 'contract', waiting: 2 }]);
  const [row] = await stack().query<{ id: string }>('select id from feedback.dead_letters where value = $1', [deep]);
  const letter = await ask(DeadLetterDetail, `/v1/dead-letters/${row?.id}`);
  expect(letter).toMatchObject({
    consumer: 'ratchet.trainer',
    detail: expect.stringContaining('objects and arrays inside one another'),
    raw_headers: [{ name: 'none', value_base64: null }],
    value_bytes: deep.length,
  });
  expect(Buffer.from(letter.value_base64, 'base64').equals(deep)).toBe(true);
  expect(await ask(DropAccepted, '/v1/dead-letters/drop', { ids: [letter.id] })).toEqual({
    dropped: 1,
    sent_before: 0,
  });
  expect(await groups()).toMatchObject([{ waiting: 1 }]);
});

/** From now on the topic takes no more than a mebibyte at a time, which is what Kafka does unless it is told otherwise. */
async function shrink(name: string): Promise<void> {
  const admin = stack().kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: String(1024 * 1024) }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] });
  await admin.disconnect();
}

it('puts aside a committed event that no broker takes, publishes those after it, and lists it', async () => {
  const heard: string[] = [];
  const reader = stack().kafka.consumer({ groupId: 'test-outbox', maxWaitTimeInMs: 50 });
  await reader.connect();
  await reader.subscribe({ topic: 'training.failed', fromBeginning: true });
  await reader.run({
    eachMessage: async ({ message }) => {
      const { stage, remedy } = JSON.parse(String(message.value));
      // The run of the test before fails as well, some time.
      if (remedy === 'none') heard.push(stage);
    },
  });
  const add = (stage: string, reason: string) =>
    stack().query(
      `insert into training.outbox (id, topic, event) select id, 'training.failed', json_build_object('run_id', id, 'request_id', id,
         'model', 'backlink-outcome', 'stage', $1::text, 'reason', $2::text, 'remedy', 'none', 'failed_at', '2026-01-04T09:12:31Z')
       from gen_random_uuid() id`,
      [stage, reason],
    );
  try {
    await shrink('training.failed');
    // More than that, also once it is compressed.
    await add('snapshot', randomBytes(3_000_000).toString('base64'));
    await add('train', 'small');
    await until('the second to be published', () => heard.includes('train'));
    expect(heard).toEqual(['train']);
    const groups = () => ask(z.array(DeadLetterGroup), '/v1/dead-letters?topic=training.failed');
    await until('the first to be listed', async () => (await groups())[0]?.waiting === 1);
    const [group] = await groups();
    const letter = await ask(DeadLetterDetail, `/v1/dead-letters/${group?.example.id}`);
    expect(letter).toMatchObject({ reason: 'failed', consumer: 'outbox training', source: { partition: -2 } });
    expect(letter.detail).toContain('it can never be published');
    expect(await stack().query('select from training.outbox')).toEqual([]);
    expect(await ask(DropAccepted, '/v1/dead-letters/drop', { ids: [letter.id] })).toEqual({
      dropped: 1,
      sent_before: 0,
    });
  } finally {
    await reader.disconnect();
  }
});

it('knows no lag behind the markers of a transaction', async () => {
  const producer = stack().kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: 'test' });
  await producer.connect();
  for (const end of ['commit', 'abort'] as const) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'predictions', messages: [{ value: 'x', partition: 0 }] });
    // Of those that Kafka keeps the places of.
    if (end === 'abort') await transaction.send({ topic: 'training.cancel-requested', messages: [{ value: 'x' }] });
    await transaction[end]();
  }
  const sent = new Date();
  await producer.disconnect();
  const lag = async () =>
    (await ask(z.array(FeedbackSource), '/v1/metrics/feedback')).find(({ topic }) => topic === 'predictions')?.lag;
  await until('the lag to be none', async () => (await lag()) === 0, { deadlineMs: 30_000 });
  for (const service of ['feedback-ingest', 'trainer'] as const) {
    const reports = await until(
      `${service} to have measured its lag`,
      async () => {
        const response = await fetch(`${stack().urls[service]}/health/ready`);
        const { consumers } = Readiness.parse(await response.json());
        return consumers.every(({ lag_measured_at: at }) => at !== null && new Date(at) > sent) ? consumers : null;
      },
      { deadlineMs: 90_000 },
    );
    expect(reports).not.toEqual([]);
    for (const report of reports)
      expect(report).toMatchObject({ hears: true, reason: null, lag: 0, lag_by_topic: {}, blocked: [] });
  }
});
