import { Backbone } from '#backbone/backbone';
import { ClusterQuestions } from '#kafka/client/cluster-questions';
import { IngestConfig } from './config.js';
import { Positions } from './consume/positions.js';
import { isFeedbackTopic } from './consume/read-batch.js';
import { addImportRoutes } from './imports/import-routes.js';
import { ingestModule } from './ingest.module.js';
import { Offsets } from './storage/offsets.js';

const MEBIBYTE = 1024 * 1024;

const backbone = Backbone.of(IngestConfig, { name: 'feedback-ingest' });
backbone.followModelDefinitions('files');
const { pool } = await backbone.openDatabase(backbone.config, 'feedback');
const offsets = new Offsets(pool);
const cluster = new ClusterQuestions(backbone.kafka);
backbone.keep('questions to Kafka', cluster, () => cluster.close());
const positions = new Positions(offsets, cluster, backbone.logger);
const reader = backbone.consume({
  group: 'ratchet.feedback-ingest',
  // Postgres keeps the places of feedback; what others parked is recognised when it comes twice.
  continueAt: async (topic, partition, purpose) => {
    if (!isFeedbackTopic(topic)) return null;
    const place = { topic, partition };
    return (await (purpose === 'reading' ? positions.begin(place) : positions.of(place))).expected;
  },
  passed: (topic, partition, first, next) => offsets.pass({ topic, partition }, first, next),
  // While Postgres writes one batch, the next is read and validated; one for each partition of a topic.
  concurrency: 4,
  // With the batches under way, what bounds the memory of an instance that has millions of messages to catch up on.
  consumer: { maxBytesPerPartition: 3 * MEBIBYTE, maxBytes: 12 * MEBIBYTE },
});
const replayer = backbone.newRawProducer();

await backbone.run(ingestModule({ config: backbone.config, pool, positions, cluster, reader, replayer }), {
  configure: addImportRoutes,
});
