import pg from 'pg';
import { createDataSource } from '#database/data-source';
import { ensurePartitions } from '#database/feedback/partitions';
import { FeedbackStore } from '#database/feedback/store';
import { createKafka } from '#kafka/connection';
import { OutboxRelay } from '#kafka/outbox';
import { EventProducer } from '#kafka/producer';
import { KafkaTransport } from '#kafka/transport';
import { loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { loadModelDefinitions } from '#platform/model-definitions';
import { startService } from '#platform/service';
import { IngestConfig } from './config.js';
import { addImportRoutes } from './imports/import-routes.js';
import { IngestModule } from './ingest.module.js';

const HOUR_MS = 3_600_000;
const MEBIBYTE = 1024 * 1024;
/** Many times what a batch takes. */
const FROZEN_MS = 30_000;

const config = loadConfig(IngestConfig);
const logger = createLogger('feedback-ingest', config.LOG_LEVEL);
const definitions = loadModelDefinitions(config.MODELS_DIR);
const kafka = createKafka(config, 'ratchet-feedback-ingest', logger);
const connection: pg.PoolConfig = {
  connectionString: config.DATABASE_URL,
  application_name: 'ratchet-feedback-ingest',
  options: '-c timezone=UTC',
  keepAlive: true,
};
const pool = new pg.Pool({ ...connection, max: config.DATABASE_POOL_SIZE });
// A process that freezes in the middle of a transaction holds its partition's offset; Postgres takes it back.
const streamPool = new pg.Pool({
  ...connection,
  max: config.DATABASE_POOL_SIZE,
  statement_timeout: FROZEN_MS,
  idle_in_transaction_session_timeout: FROZEN_MS,
});
// A connection that breaks while nobody uses it; the next query gets another. One that breaks in use fails its query,
// and tells the connection as well: unheard, that would end the process.
for (const each of [pool, streamPool]) {
  each.on('error', (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'));
  each.on('connect', (client) => client.on('error', () => undefined));
}
const streamStore = new FeedbackStore(streamPool);
const transport = new KafkaTransport({
  kafka,
  group: 'ratchet.feedback-ingest',
  logger,
  continueAt: (topic, partition) => streamStore.readOffset(topic, partition),
  // While Postgres writes one batch, the next is read and validated; one for each partition of a topic.
  concurrency: 4,
  // With the batches under way, what bounds the memory of an instance that has millions of messages to catch up on.
  consumer: { maxBytesPerPartition: 3 * MEBIBYTE, maxBytes: 12 * MEBIBYTE },
});
const dataSource = createDataSource(config.DATABASE_URL, {
  entities: [],
  poolSize: 2,
  applicationName: 'ratchet-feedback-ingest',
});
await dataSource.initialize();

const makePartitions = (): Promise<void> =>
  ensurePartitions(pool, new Date()).catch((error: unknown) =>
    logger.error({ err: error }, 'no partition for this month; rows go to the default one'),
  );
await makePartitions();
setInterval(makePartitions, HOUR_MS).unref();

const producer = new EventProducer({ kafka, source: 'ratchet/feedback-ingest', logger });
const relay = new OutboxRelay({ databaseUrl: config.DATABASE_URL, schema: 'feedback', publisher: producer, logger });
relay.start();

await startService({
  name: 'feedback-ingest',
  module: IngestModule.with({
    config,
    logger,
    definitions,
    pool,
    streamPool,
    streamStore,
    dataSource,
    kafka,
    transport,
    relay,
    producer,
  }),
  config,
  logger,
  transports: [transport],
  configure: addImportRoutes,
});
