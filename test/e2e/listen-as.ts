import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Topic } from '#contracts/topics';
import { createKafka } from '#kafka/client/connection';
import { type IncomingEvent, type InvalidEvent, KafkaTransport, OnEvent, type TransportMode } from '#kafka/transport';
import type { KafkaEnv } from '#platform/config';
import { createLogger } from '#platform/logging';

const logger = createLogger('test', 'silent');

/** Reads topics the way services do, and notes the keys that come. */
export async function listen(
  config: KafkaEnv,
  { group, mode }: { group: string; mode: TransportMode },
  topics: readonly Topic[],
): Promise<{ seen: Set<string>; transport: KafkaTransport; app: INestMicroservice }> {
  const seen = new Set<string>();
  class Handlers {}
  Controller()(Handlers);
  for (const topic of topics) {
    const handle = { value: ({ key }: IncomingEvent | InvalidEvent): unknown => seen.add(`${topic} ${key}`) };
    Object.defineProperty(Handlers.prototype, topic, handle);
    OnEvent(topic, { mode, invalid: 'deliver' })(Handlers.prototype, topic, handle);
  }
  class TestModule {}
  Module({ controllers: [Handlers] })(TestModule);
  const transport = new KafkaTransport({ kafka: createKafka(config, 'test', logger), group, mode, logger });
  const app = await NestFactory.createMicroservice(TestModule, { strategy: transport, logger: false });
  await app.listen();
  return { seen, transport, app };
}
