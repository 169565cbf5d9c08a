import { z } from 'zod';
import { createKafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { kafkaEnv, loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Engine } from './engine.js';
import { readFlags } from './flags.js';
import { DecisionClient } from './outside/decision-client.js';
import { OutcomePublisher } from './outside/outcome-publisher.js';

const REPORT_EVERY_MS = 10_000;
/** What is underway when it is told to stop may take this long; a container platform kills soon after. */
const GIVES_UP_AFTER_MS = 20_000;

const flags = readFlags(process.argv.slice(2));
const config = loadConfig(z.object({ ...kafkaEnv, SERVING_TOKEN: z.string().optional() }));
const logger = createLogger('sample-engine');
const kafka = createKafka(config, 'sample-engine', logger);
const producer = new EventProducer({ kafka, source: 'ratchet/sample-engine', logger });
const client = new DecisionClient({ urls: flags.serving, token: config.SERVING_TOKEN, logger });
const publisher = new OutcomePublisher(producer, logger);
const engine = new Engine(flags, client, publisher, logger);

function stop(): void {
  engine.stop();
  setTimeout(() => {
    logger.error({ ...engine.tally, sent: publisher.sent }, 'Kafka takes nothing: outcomes of the last tasks are lost');
    process.exit(1);
  }, GIVES_UP_AFTER_MS).unref();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
logger.info({ ...flags }, 'sample engine is up');
const report = new Loop({
  name: 'report',
  everyMs: REPORT_EVERY_MS,
  firstAfterMs: REPORT_EVERY_MS,
  step: async () => logger.info({ ...engine.tally, sent: publisher.sent }, 'so far'),
  logger,
});
report.start();
await engine.run();
await report.stop();
await producer.disconnect();
logger.info({ ...engine.tally, sent: publisher.sent }, 'done');
