import pg from 'pg';
import { createDataSource } from '#database/data-source';
import { ensurePartitions } from '#database/feedback/partitions';
import { rulesOf } from '#domain/feedback/rules';
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

const config = loadConfig(IngestConfig);
const logger = createLogger('feedback-ingest', config.LOG_LEVEL);
const rules = rulesOf(loadModelDefinitions(config.MODELS_DIR).values());
const kafka = createKafka(config, 'ratchet-feedback-ingest', logger);
const transport = new KafkaTransport({ kafka, group: 'ratchet.feedback-ingest', logger });
const pool = new pg.Pool({
  connectionString: config.DATABASE_URL,
  max: config.DATABASE_POOL_SIZE,
  application_name: 'ratchet-feedback-ingest',
  options: '-c timezone=UTC',
  keepAlive: true,
});
// A connection that breaks while nobody uses it; the next query gets another.
pool.on('error', (error) => logger.warn({ err: error }, 'a connection to Postgres was lost'));
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
  module: IngestModule.with({ config, logger, rules, pool, dataSource, transport, relay, producer }),
  config,
  logger,
  transports: [transport],
  configure: addImportRoutes,
});
