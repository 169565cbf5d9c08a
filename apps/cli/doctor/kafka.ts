import { z } from 'zod';
import type { Stack } from '#contracts/stack';
import { TOPICS, type TopicDefinition } from '#contracts/topics';
import { createKafka } from '#kafka/client/connection';
import { CLAIM_TOPIC } from '#kafka/consume/claims';
import { inspectTopics, type TopicOnBroker } from '#kafka/topics/inspect-topics';
import { type KafkaEnv, kafkaEnv } from '#platform/config';
import { createLogger } from '#platform/logging';
import type { Environment } from '../client/settings.js';
import { plural } from '../output/quantities.js';
import { checkClaim } from './claim.js';
import { type Finding, failed, ok, reasonOf, skipped, warning } from './finding.js';

/** The topic table against what the brokers have. */
export function assessTopics(actual: readonly TopicOnBroker[]): Finding[] {
  const byName = new Map(actual.map((topic) => [topic.name, topic]));
  const findings: Finding[] = [];
  const table: [string, TopicDefinition][] = Object.entries(TOPICS);
  const missing = table.map(([name]) => name).filter((name) => !byName.has(name));
  if (missing.length > 0)
    findings.push(
      failed(
        'topics',
        `Missing: ${missing.join(', ')}.`,
        'Create them: node dist/libs/kafka/create-topics.js (npm start does it).',
      ),
    );
  for (const [name, expected] of table) {
    const found = byName.get(name);
    if (!found) continue;
    if (!found.cleanup.split(',').includes(expected.cleanup))
      findings.push(
        failed(
          `topic ${name}`,
          `cleanup.policy is "${found.cleanup}", expected "${expected.cleanup}".`,
          expected.cleanup === 'compact'
            ? 'An instance that starts later would not find the desired state: change it with kafka-configs.'
            : 'Change it with kafka-configs.',
        ),
      );
    if (found.partitions < expected.partitions)
      findings.push(
        warning(
          `topic ${name}`,
          `It has ${found.partitions} partitions, expected ${expected.partitions}.`,
          'It works, but is read by fewer consumers at once; add partitions while nothing writes.',
        ),
      );
  }
  findings.push(...assessCopies(actual));
  return findings.length > 0
    ? findings
    : [ok('topics', `All ${table.length} are there as the topic table wants them.`)];
}

/** Brokers without which the next loss may be one too many. */
function assessCopies(actual: readonly TopicOnBroker[]): Finding[] {
  const lacking = new Map<string, number>();
  for (const topic of actual)
    for (const [broker, partitions] of Object.entries(topic.lacking))
      lacking.set(broker, (lacking.get(broker) ?? 0) + partitions);
  return [...lacking].map(([broker, partitions]) =>
    warning(
      `broker ${broker}`,
      `It has no copy that is up to date of ${plural(partitions, 'partition')} it should have one of: it is away, or has not caught up yet.`,
      'Bring it back before another one is lost: with fewer copies than min.insync.replicas nothing can be written.',
    ),
  );
}

/** The broker that the last attempt went to, as kafkajs notes it. */
function brokerOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause)
    if ('broker' in at && typeof at.broker === 'string') return at.broker;
  return null;
}

/** Why nothing could be asked: nobody listens, or the broker sends its clients to an address that leads nowhere. */
export function explainUnreachable(error: unknown, asked: readonly string[]): Finding {
  const tried = brokerOf(error);
  if (tried !== null && !asked.includes(tried))
    return failed(
      'kafka',
      `${asked.join(',')} answers, but sends its clients to ${tried}, which cannot be reached from here: ${reasonOf(error)}`,
      'Correct advertised.listeners of the broker, or name the listener that is meant for this network in KAFKA_BROKERS.',
    );
  return failed(
    'kafka',
    `${asked.join(',')}: ${reasonOf(error)}`,
    'Is the broker running and reachable from here, and are KAFKA_BROKERS, KAFKA_TLS and KAFKA_SASL_* as it wants them?',
  );
}

/** One line per bad variable. */
function badVariables(error: z.ZodError): string {
  return error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`).join('; ');
}

function kafkaConfig(env: Environment, stack: Partial<Stack>): z.ZodSafeParseResult<KafkaEnv> {
  const { kafka_brokers: KAFKA_BROKERS, kafka_topic_prefix: KAFKA_TOPIC_PREFIX } = stack;
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  return z.object(kafkaEnv).safeParse({ KAFKA_BROKERS, KAFKA_TOPIC_PREFIX, ...set });
}

/** @param stack what npm start wrote down; variables come first */
export async function checkKafka(env: Environment, stack: Partial<Stack>): Promise<Finding[]> {
  if (!env.KAFKA_BROKERS && !stack.kafka_brokers)
    return [
      skipped(
        'kafka',
        'KAFKA_BROKERS is not set, and npm start wrote down none.',
        'Set KAFKA_BROKERS to what the services use.',
      ),
    ];
  const config = kafkaConfig(env, stack);
  if (!config.success) return [failed('kafka', `${badVariables(config.error)}.`, 'Correct the variable.')];
  const brokers = config.data.KAFKA_BROKERS.join(',');
  try {
    const kafka = createKafka(config.data, 'ratchet-doctor', createLogger('doctor', 'silent'));
    const topics = await inspectTopics(kafka, Object.keys(TOPICS));
    const found = [ok('kafka', `${brokers} answers.`), ...assessTopics(topics)];
    const databaseUrl = env.DATABASE_URL || stack.database_url;
    const asked = databaseUrl && topics.some(({ name }) => name === CLAIM_TOPIC);
    // What cannot be asked is told by the check of the database.
    const claim = asked ? await checkClaim(kafka, databaseUrl, config.data.KAFKA_TOPIC_PREFIX).catch(() => null) : null;
    return claim === null ? found : [...found, claim];
  } catch (error) {
    return [explainUnreachable(error, config.data.KAFKA_BROKERS)];
  }
}
