import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { InstallationClaimed } from '#contracts/events/installation';
import { type Installation, readInstallation, rememberClaim } from '#database/installation';
import { isSameTopic } from '#domain/streams/position';
import { CLAIM_TOPIC, readClaims } from '#kafka/claims';
import type { Kafka } from '#kafka/connection';
import type { EventProducer } from '#kafka/producer';
import { askIdentities } from '#kafka/topic-identity';
import type { KafkaEnv } from '#platform/config';
import type { Logger } from '#platform/logging';

/** Beginning of the groups that read it. */
const GROUP = 'ratchet.claim';

/** Kafka cannot be asked, or says too little: later it will. */
class ClaimUnknown extends Error {
  override readonly name = 'ClaimUnknown';
  readonly failureKind = 'temporary';
}

export interface ClaimParts {
  /** For this alone: it asks nobody before it connects. */
  readonly kafka: Kafka;
  readonly producer: EventProducer;
  readonly pool: Pick<Pool, 'query'>;
  /** Which service asks, like "registry". */
  readonly service: string;
  readonly config: Pick<KafkaEnv, 'KAFKA_BROKERS' | 'KAFKA_TOPIC_PREFIX'>;
  readonly logger: Logger;
  /** Told why this service must not go on: the topics are somebody else's. */
  readonly refuse: (sentence: string) => void;
}

/** Whose the topics are: nobody reads or writes them for another database than the one that claimed them first. */
export class InstallationClaim {
  private admitted = false;
  /** Under way: clients that connect at the same moment, as at start, share one look. */
  private looking: Promise<void> | null = null;

  constructor(private readonly parts: ClaimParts) {}

  /** Resolves when the topics are this installation's; rejects while that cannot be known, and for good when they are not. */
  async admit(): Promise<void> {
    // Who was admitted once goes on whatever is away now; topics that were made anew are claimed again all the same.
    this.looking ??= this.check().finally(() => {
      this.looking = null;
    });
    const known = this.looking;
    if (this.admitted) known.catch((error: unknown) => this.parts.logger.debug({ err: error }, 'claim not looked at'));
    else await known;
  }

  private async check(): Promise<void> {
    const { pool } = this.parts;
    const installation = await readInstallation(pool);
    const topic = await this.identity();
    if (installation.claimed === null || !isSameTopic(installation.claimed, topic)) {
      const first = (await readClaims(this.parts.kafka, GROUP))[0] ?? (await this.claim(installation));
      if (first.installation !== installation.id) {
        const sentence = foreignClaim(first, installation, this.parts.config);
        this.parts.refuse(sentence);
        throw new ClaimUnknown(sentence);
      }
      await rememberClaim(pool, topic);
    }
    this.admitted = true;
  }

  private async identity(): Promise<string> {
    const admin = this.parts.kafka.admin();
    await admin.connect();
    try {
      const topic = (await askIdentities(admin, [CLAIM_TOPIC])).get(CLAIM_TOPIC);
      if (topic === undefined)
        throw new ClaimUnknown(
          `Kafka has no topic ${CLAIM_TOPIC} yet: create the topics, node dist/libs/kafka/create-topics.js`,
        );
      return topic;
    } finally {
      await admin.disconnect();
    }
  }

  private async claim({ id }: Installation): Promise<InstallationClaimed> {
    const claim: InstallationClaimed = {
      installation: id,
      claimed_by: `${this.parts.service} on ${hostname()}`,
      claimed_at: new Date().toISOString(),
    };
    await this.parts.producer.publish(CLAIM_TOPIC, claim);
    const [first] = await readClaims(this.parts.kafka, GROUP);
    if (first === undefined) throw new ClaimUnknown(`Kafka has not kept what was written to ${CLAIM_TOPIC}`);
    return first;
  }
}

/** Why a service does not start on topics that are another installation's, and what to do. */
export function foreignClaim(
  claim: InstallationClaimed,
  { id }: Pick<Installation, 'id'>,
  { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX }: ClaimParts['config'],
): string {
  const topics = KAFKA_TOPIC_PREFIX === undefined ? 'these topics' : `the topics ${KAFKA_TOPIC_PREFIX}*`;
  return (
    `KAFKA_TOPIC_PREFIX: ${topics} on ${KAFKA_BROKERS.join(',')} belong to another installation, ${claim.installation}, since ${claim.claimed_at} (${claim.claimed_by}); ` +
    `this database is installation ${id}. Give this one topics of its own, with the same prefix for all its services, create-topics.js and engines: KAFKA_TOPIC_PREFIX=second. ` +
    'If the other one’s database is lost and this one takes its place: node dist/libs/kafka/create-topics.js --release-claim'
  );
}
