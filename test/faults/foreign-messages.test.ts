import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DESIRED_STATE_TOPICS, TOPICS, type Topic } from '#contracts/topics';
import { type RawOutgoing, RawProducer } from '#kafka/produce/raw-producer';
import { until } from '../../deploy/local/until.js';
import { ingestedUpTo } from '../stack/feedback.js';
import { useStack } from '../stack/use-stack.js';
import { brokenValue, foreignHeaders } from './foreign/broken-messages.js';
import { VALID_TOPICS, validMessage } from './foreign/valid-messages.js';

/** The long form: `npm run test:fuzz -- --inputs 500000 --seed 7`. */
const INPUTS = Number(process.env.FUZZ_INPUTS ?? 20_000);
/** Of ten inputs, as on a stream: most are feedback, which is taken in batches; each of the others is a transaction of its own. */
const FEEDBACK_OF_TEN = 9;
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 50;

const FEEDBACK = ['automation.outcomes', 'shadow.outcomes', 'predictions'] as const;
/** Only read by everybody for himself: what is broken there is counted, and nobody's to park. */
const BROADCAST: readonly Topic[] = ['training.progress', 'training.cancelled', 'serving.heartbeat'];
const isFeedback = (topic: Topic): boolean => FEEDBACK.some((name) => name === topic);
/** Consumer groups, and the topics of this test that each reads. */
const GROUPS: Readonly<Record<string, readonly Topic[]>> = {
  'ratchet.trainer': ['training.requested', 'training.cancel-requested'],
  'ratchet.evaluator': [...DESIRED_STATE_TOPICS, 'model.trained'],
  'ratchet-registry': VALID_TOPICS.filter(
    (topic) =>
      !isFeedback(topic) &&
      !BROADCAST.includes(topic) &&
      !TOPICS[topic].consumers.includes('trainer') &&
      !DESIRED_STATE_TOPICS.some((name) => name === topic),
  ),
};
/** What does not fit is answered there, instead of parked, where anybody can be told. */
const ANSWERED: readonly Topic[] = ['model.deploy-requested', 'model.rollback-requested', 'training.requested'];

/** Whether a broken message of this topic is put aside. On a compacted topic, a message without a value says goodbye. */
const isParked = (topic: Topic, value: Buffer | null): boolean =>
  !ANSWERED.includes(topic) && !BROADCAST.includes(topic) && !(value === null && TOPICS[topic].cleanup === 'compact');

const stack = useStack('foreign-messages', {
  services: ['registry', 'trainer', 'evaluator', 'feedback-ingest', 'serving-1'],
});
let raw: RawProducer;

beforeAll(() => {
  process.stderr.write(`foreign messages: ${INPUTS} inputs, FUZZ_SEED=${SEED}\n`);
  raw = new RawProducer(stack().kafka);
});
afterAll(() => raw?.disconnect());

interface Sent extends RawOutgoing {
  readonly id: string;
  readonly topic: Topic;
  readonly broken: boolean;
}

/** A third broken, each followed by a valid one. Feedback in one partition, like everything else. */
const triple = (topic: Topic) =>
  fc.tuple(validMessage(topic), validMessage(topic), validMessage(topic)).chain(([a, b, c]) =>
    fc.record({
      values: fc.tuple(
        brokenValue(a),
        fc.constant(Buffer.from(JSON.stringify(b))),
        fc.constant(Buffer.from(JSON.stringify(c))),
      ),
      headers: fc.tuple(foreignHeaders, foreignHeaders, foreignHeaders),
      keys: fc.array(fc.uint8Array({ maxLength: 16 }), { minLength: 3, maxLength: 3 }),
    }),
  );

function generate(): Sent[] {
  const triples = fc.sample(
    fc
      .oneof(
        { weight: FEEDBACK_OF_TEN, arbitrary: fc.constantFrom<Topic[]>(...FEEDBACK) },
        { weight: 10 - FEEDBACK_OF_TEN, arbitrary: fc.constantFrom<Topic[]>(...VALID_TOPICS) },
      )
      .chain((topic) => triple(topic).map((each) => ({ topic, each }))),
    { numRuns: Math.ceil(INPUTS / 3), seed: SEED },
  );
  return triples.flatMap(({ topic, each: { values, headers, keys } }, n) =>
    values.map((value, i) => {
      const id = `${n}.${i}`;
      const key = Buffer.concat([Buffer.from(`${id}|`), keys[i] ?? Buffer.alloc(0)]);
      return { id, topic, broken: i === 0, key, value, headers: headers[i] ?? {}, partition: 0 };
    }),
  );
}

async function handledByAll(): Promise<boolean> {
  const admin = stack().kafka.admin();
  await admin.connect();
  try {
    for (const [groupId, topics] of Object.entries(GROUPS)) {
      const places = await admin.fetchOffsets({ groupId, topics: [...topics] });
      for (const { topic, partitions } of places)
        for (const { partition, high } of await admin.fetchTopicOffsets(topic))
          if (Number(partitions.find((each) => each.partition === partition)?.offset ?? 0) < Number(high)) return false;
    }
    return true;
  } finally {
    await admin.disconnect();
  }
}

it(`handles every valid message and parks every broken one once, of ${INPUTS}`, {
  timeout: 300_000 + INPUTS * 20,
}, async () => {
  const all = generate();
  for (const topic of new Set(all.map((each) => each.topic))) {
    const those = all.filter((each) => each.topic === topic);
    for (let i = 0; i < those.length; i += AT_ONCE) await raw.send(topic, those.slice(i, i + AT_ONCE));
  }
  const deadlineMs = 120_000 + INPUTS * 10;
  for (const topic of FEEDBACK) await ingestedUpTo(stack(), topic, deadlineMs);
  await until('all groups to be at the end', handledByAll, { deadlineMs });

  const mustBeParked = all.filter(({ topic, broken, value }) => broken && isParked(topic, value));
  const byId = new Map(all.map((each) => [each.id, each]));
  const parked = async () => {
    const rows = await stack().query<{
      topic: string;
      key: Buffer;
      value: Buffer | null;
      reason: string;
      detail: string;
    }>('select topic, key, value, reason, detail from feedback.dead_letters where key is not null');
    return rows.map((row) => ({ ...row, id: row.key.toString('latin1').split('|')[0] ?? '' }));
  };
  const countParked = async (): Promise<number> =>
    Number(
      (await stack().query<{ n: string }>('select count(*) as n from feedback.dead_letters where key is not null'))[0]
        ?.n,
    );
  await until('all parked ones to be listed', async () => (await countParked()) >= mustBeParked.length, {
    deadlineMs,
    everyMs: 500,
  });
  const letters = await parked();
  const ids = new Set(letters.map(({ id }) => id));
  expect(ids.size).toBe(letters.length);
  expect(mustBeParked.filter(({ id }) => !ids.has(id))).toEqual([]);
  const wronglyParked = letters.filter(({ id }) => byId.get(id)?.broken === false);
  expect(wronglyParked.map(({ topic, reason, detail }) => ({ topic, reason, detail }))).toEqual([]);
  // By bytes first: with half a million, the matcher takes minutes for what is alike.
  const same = (a: Buffer | null | undefined, b: Buffer | null) => (a ?? null) === b || (a && b && a.equals(b));
  for (const { id, value, key } of letters) {
    const sent = byId.get(id);
    if (same(sent?.value, value) && same(sent?.key, key)) continue;
    expect([id, sent?.value ?? null, sent?.key]).toEqual([id, value, key]);
  }
  for (const service of ['registry', 'trainer', 'evaluator', 'feedback-ingest', 'serving-1'] as const) {
    const response = await fetch(`${stack().urls[service]}/health/ready`);
    const { checks }: { checks: { name: string; status: string; reason?: string }[] } = JSON.parse(
      await response.text(),
    );
    expect([service, checks.find(({ name }) => name === 'kafka')]).toEqual([
      service,
      expect.objectContaining({ status: 'up' }),
    ]);
  }
});
