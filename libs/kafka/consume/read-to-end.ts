import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Topic } from '#contracts/topics';
import { decodeMessage, type IncomingEvent, type RawMessage } from '../message.js';
import { CatchUp } from './catch-up.js';

const PATIENCE_MS = 20_000;

/**
 * What some small topics hold at this moment, by a consumer made for it: one that has been running remembers what is no
 * longer there. What does not fit the contract is left out. Throws when Kafka does not give all of it in time.
 *
 * @param group beginning of the consumer group's name; nothing is committed
 */
export async function readToEnd<T extends Topic>(
  kafka: Kafka,
  group: string,
  topics: readonly T[],
): Promise<IncomingEvent<T>[]> {
  const catchUp = new CatchUp();
  const admin = kafka.admin();
  await admin.connect();
  const empty = await catchUp.mark(admin, topics).finally(() => admin.disconnect());
  if (empty) return [];
  const consumer = kafka.consumer({
    groupId: `${group}.${randomUUID()}`,
    maxWaitTimeInMs: 100,
    allowAutoTopicCreation: false,
    retry: { retries: 2 },
  });
  const events: IncomingEvent<T>[] = [];
  let sinceFetch = 0;
  consumer.on(consumer.events.START_BATCH_PROCESS, () => void sinceFetch++);
  consumer.on(consumer.events.FETCH_START, ({ payload }) => catchUp.asks(payload.nodeId));
  consumer.on(consumer.events.FETCH, ({ payload }) => {
    if (sinceFetch === 0) catchUp.fetchedNothing(payload.nodeId);
    sinceFetch = 0;
  });
  const failed = new Promise<never>((_, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    setTimeout(() => reject(new Error(`Kafka did not give all of ${topics.join(', ')} in time`)), PATIENCE_MS).unref();
  });
  failed.catch(() => undefined);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const known = topics.find((name) => name === topic);
        const raw: RawMessage = { ...message, headers: message.headers ?? {} };
        const event = known && decodeMessage(known, partition, raw);
        if (event?.kind === 'event') events.push(event);
        catchUp.handled(topic, partition, message.offset);
      },
    });
    await Promise.race([catchUp.wait(), failed]);
    return events;
  } finally {
    await consumer.disconnect();
  }
}
