import { openArtifactStore } from '#artifacts/store';
import { createDataSource } from '#database/data-source';
import { entities } from '#database/training/index';
import { createKafka } from '#kafka/connection';
import { OutboxRelay } from '#kafka/outbox';
import { EventProducer } from '#kafka/producer';
import { KafkaTransport } from '#kafka/transport';
import { loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { startService } from '#platform/service';
import { TrainerConfig } from './config.js';
import { TrainerModule } from './trainer.module.js';

const config = loadConfig(TrainerConfig);
const logger = createLogger('trainer', config.LOG_LEVEL);
const dataSource = createDataSource(config.DATABASE_URL, {
  entities,
  poolSize: config.DATABASE_POOL_SIZE,
  applicationName: 'ratchet-trainer',
});
await dataSource.initialize();
const kafka = createKafka(config, 'ratchet-trainer', logger);
const transport = new KafkaTransport({ kafka, group: 'ratchet.trainer', logger });
const producer = new EventProducer({ kafka, source: 'ratchet/trainer', logger });
const relay = new OutboxRelay({ databaseUrl: config.DATABASE_URL, schema: 'training', publisher: producer, logger });
relay.start();

await startService({
  name: 'trainer',
  module: TrainerModule.with({
    config,
    logger,
    dataSource,
    store: openArtifactStore(config),
    transport,
    producer,
    relay,
  }),
  config,
  logger,
  transports: [transport],
});
