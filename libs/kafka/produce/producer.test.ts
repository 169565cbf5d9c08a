import type { Kafka, ProducerBatch } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { createLogger } from '#platform/logging';
import { CODEC_IDS } from '../records/codecs.js';
import { EventProducer } from './producer.js';

describe('what is published', () => {
  it.each([
    [1, CODEC_IDS.none],
    // As KAFKA_COMPRESSION says.
    [200, undefined],
  ])('is sent as it is while it is small: %i events', async (events, compression) => {
    const sent: ProducerBatch[] = [];
    const broker = {
      connect: async () => undefined,
      disconnect: async () => undefined,
      sendBatch: async (batch: ProducerBatch) => {
        sent.push(batch);
        return [];
      },
    };
    const kafka = Object.assign(Object.create(null), { producer: () => broker }) satisfies Kafka;
    const producer = new EventProducer({ kafka, source: 'test', logger: createLogger('test', 'silent') });
    const outcome = { timestamp: '2026-01-04T09:12:31Z', action_attempted: 'forum', result: 'failed' as const };
    await producer.publishMany(
      'automation.outcomes',
      Array.from({ length: events }, (_, i) => ({ ...outcome, task_id: `task-${i}`, note: 'x'.repeat(100) })),
    );
    await producer.disconnect();
    expect(sent.map((batch) => batch.compression)).toEqual([compression]);
  });
});
