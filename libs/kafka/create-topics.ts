import { z } from 'zod';
import { kafkaEnv, loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { createKafka } from './client/connection.js';
import { markReleased } from './consume/claims.js';
import { applyTopics, releaseClaim } from './topics/topics.js';

const config = loadConfig(
  z.object({ ...kafkaEnv, KAFKA_REPLICATION_FACTOR: z.coerce.number().int().min(1).optional() }),
);
const kafka = createKafka(config, 'ratchet-topics', createLogger('topics', 'warn'));
const release = process.argv.includes('--release-claim');
if (release) {
  const released = await releaseClaim(kafka);
  process.stdout.write(
    released ? 'Released: the next installation that starts has these topics.\n' : 'Nobody had claimed these topics.\n',
  );
}
const created = await applyTopics(
  kafka,
  config.KAFKA_REPLICATION_FACTOR ? { replicationFactor: config.KAFKA_REPLICATION_FACTOR } : {},
);
if (release) await markReleased(kafka);
process.stdout.write(
  created.length === 0 ? 'All topics are there.\n' : `Created ${created.length} topics: ${created.join(', ')}.\n`,
);
