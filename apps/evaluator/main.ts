import { openArtifactStore } from '#artifacts/store';
import { createDataSource } from '#database/data-source';
import { entities } from '#database/evaluation/index';
import { createKafka } from '#kafka/connection';
import { OutboxRelay } from '#kafka/outbox';
import { EventProducer } from '#kafka/producer';
import { KafkaTransport } from '#kafka/transport';
import { loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { loadModelDefinitions } from '#platform/model-definitions';
import { startService } from '#platform/service';
import { EvaluatorConfig } from './config.js';
import { EvaluatorModule } from './evaluator.module.js';

const config = loadConfig(EvaluatorConfig);
const logger = createLogger('evaluator', config.LOG_LEVEL);
const definitions = loadModelDefinitions(config.MODELS_DIR);
const kafka = createKafka(config, 'ratchet-evaluator', logger);
const transport = new KafkaTransport({ kafka, group: 'ratchet.evaluator', logger });
const producer = new EventProducer({ kafka, source: 'ratchet/evaluator', logger });
const dataSource = createDataSource(config.DATABASE_URL, {
  entities,
  poolSize: config.DATABASE_POOL_SIZE,
  applicationName: 'ratchet-evaluator',
});
await dataSource.initialize();
const relay = new OutboxRelay({ databaseUrl: config.DATABASE_URL, schema: 'evaluation', publisher: producer, logger });
relay.start();

await startService({
  name: 'evaluator',
  module: EvaluatorModule.with({
    config,
    logger,
    definitions,
    dataSource,
    artifacts: openArtifactStore(config),
    transport,
    relay,
    producer,
  }),
  config,
  logger,
  transports: [transport],
});
