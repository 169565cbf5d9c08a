import { createHash } from 'node:crypto';
import { until } from '../../deploy/local/until.js';
import type { TestStack } from './stack.js';

export type FeedbackTopic = 'automation.outcomes' | 'shadow.outcomes' | 'predictions';

export interface TestMessage {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Record<string, string>;
}

/** Makes the stack's token known without a registry running. */
export async function allowToken(stack: TestStack): Promise<void> {
  await stack.query(
    "insert into registry.tokens (token_hash, name, role, created_by) values ($1, 'test', 'admin', 'test') on conflict do nothing",
    [createHash('sha256').update(stack.token).digest('hex')],
  );
}

/** Sends raw messages, as any engine would. */
export async function feedbackProducer(stack: Pick<TestStack, 'kafka'>) {
  const producer = stack.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return {
    send: async (topic: FeedbackTopic, messages: readonly TestMessage[]): Promise<void> => {
      await producer.send({ topic, messages: messages.map((message) => ({ ...message })) });
    },
    close: (): Promise<void> => producer.disconnect(),
  };
}

/** Waits until everything in a topic is stored, and everything stored is in the dataset. */
export async function ingestedUpTo(
  stack: Pick<TestStack, 'kafka' | 'query'>,
  topic: FeedbackTopic,
  deadlineMs = 120_000,
): Promise<void> {
  const admin = stack.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  await until(
    `${topic} to be stored`,
    async () => {
      const rows = await stack.query<{ partition: number; next_offset: string }>(
        'select partition, next_offset from feedback.offsets where topic = $1',
        [topic],
      );
      return ends.every(({ partition, high }) => {
        const row = rows.find((each) => each.partition === partition);
        return high === '0' || (row !== undefined && BigInt(row.next_offset) >= BigInt(high));
      });
    },
    { deadlineMs },
  );
  await until(
    'stored batches to be in the dataset',
    async () => (await stack.query<{ batches: number }>('select batches from feedback.fold_lag'))[0]?.batches === 0,
    { deadlineMs },
  );
}
