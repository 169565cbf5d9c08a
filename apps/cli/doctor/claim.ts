import { clientFor } from '#database/connect';
import { readInstallation } from '#database/installation';
import type { Kafka } from '#kafka/client/connection';
import { readClaims } from '#kafka/consume/claims';
import { when, zoneName } from '../output/quantities.js';
import { type Finding, failed, ok } from './finding.js';

/** Whose the topics are, and whose the database is. Throws where one of them cannot be asked: other checks say so. */
export async function checkClaim(kafka: Kafka, databaseUrl: string, prefix: string | undefined): Promise<Finding> {
  const client = clientFor(databaseUrl, { connectionTimeoutMillis: 5_000 });
  await client.connect();
  const { id } = await readInstallation(client).finally(() => client.end());
  const [first] = await readClaims(kafka, 'operators.doctor');
  const topics = prefix === undefined ? 'The topics' : `The topics ${prefix}*`;
  if (first === undefined) return ok('installation', `${topics} are nobody’s yet; this database is ${id}.`);
  if (first.installation === id)
    return ok('installation', `${topics} and the database are of one installation, ${id}.`);
  return failed(
    'installation',
    `${topics} belong to installation ${first.installation} since ${when(first.claimed_at)} ${zoneName()} (${first.claimed_by}), and this database is ${id}.`,
    'Set KAFKA_TOPIC_PREFIX, for all services of one of them, so that each has topics of its own; where the other one’s database is lost: node dist/libs/kafka/create-topics.js --release-claim',
  );
}
