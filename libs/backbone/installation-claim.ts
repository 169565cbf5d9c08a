import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { InstallationClaimed } from '#contracts/events/installation';
import {
  adoptInstallation,
  type Installation,
  readInstallation,
  rememberClaim,
  rememberRefusal,
  topicMemories,
} from '#database/installation';
import { isSameTopic } from '#domain/streams/position';
import type { Kafka } from '#kafka/client/connection';
import { CLAIM_TOPIC, haveRead, isReleased, readClaims, readEpochs } from '#kafka/consume/claims';
import type { EventProducer } from '#kafka/produce/producer';
import { askIdentities } from '#kafka/topics/topic-identity';
import type { KafkaEnv } from '#platform/config';
import type { Logger } from '#platform/logging';
import { kinship } from './kinship.js';

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
  /** The groups in which it shares messages with others like it. */
  readonly groups: () => readonly string[];
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
    const { pool, kafka, config } = this.parts;
    const installation = await readInstallation(pool);
    const topic = (await this.identities([CLAIM_TOPIC])).get(CLAIM_TOPIC);
    if (topic === undefined)
      throw new ClaimUnknown(
        `Kafka has no topic ${CLAIM_TOPIC} yet: create the topics, node dist/libs/kafka/create-topics.js`,
      );
    if (installation.claimed === null || !isSameTopic(installation.claimed, topic)) {
      const first = (await readClaims(kafka, GROUP))[0] ?? (await this.claimUnclaimed(installation));
      if (first.installation === installation.id) await rememberClaim(pool, topic);
      else if (!(await this.adopt(installation, first, topic)))
        throw await this.refuse(foreignClaim(first, installation, config));
    }
    this.admitted = true;
  }

  /**
   * Nobody has claimed the topics. They are free when they are new, or were released; where they were made anew, or lost the claim
   * otherwise, they stay whose they were.
   */
  private async claimUnclaimed(installation: Installation): Promise<InstallationClaimed> {
    const { kafka, config } = this.parts;
    if (!(await isReleased(kafka))) {
      const kin = installation.refused.includes(placeOf(config)) ? 'refused' : await this.kinship();
      // The owner may have come meanwhile.
      const [first] = kin === 'refused' || kin === 'foreign' ? await readClaims(kafka, GROUP) : [];
      if (first !== undefined) return first;
      if (kin === 'refused' || kin === 'foreign') throw await this.refuse(unclaimed(kin, installation, config));
    }
    return this.claim(installation);
  }

  /** A database from before installations had ids, which was given one when it was migrated, is still the one that had the topics. */
  private async adopt(installation: Installation, first: InstallationClaimed, topic: string): Promise<boolean> {
    const { pool, logger } = this.parts;
    if (installation.claimed !== null || (await this.kinship()) !== 'own') return false;
    if (!(await adoptInstallation(pool, { id: first.installation, topic }))) return false;
    logger.warn(
      { installation: first.installation, given_by_migration: installation.id, claimed_by: first.claimed_by },
      'this database knows these topics and had never claimed any, as one restored from a backup from before installations had ids: it is the installation again that they belong to',
    );
    return true;
  }

  private async kinship(): Promise<ReturnType<typeof kinship>> {
    const { kafka, pool } = this.parts;
    const memories = await topicMemories(pool);
    const identities = await this.identities(memories.read.map(({ topic }) => topic));
    const [epochs, wereRead] = [await readEpochs(kafka, GROUP), await haveRead(kafka, this.parts.groups())];
    return kinship({ identities, epochs, wereRead }, memories);
  }

  /** Remembers it, and ends the service. */
  private async refuse(sentence: string): Promise<ClaimUnknown> {
    const { pool, config, logger, refuse } = this.parts;
    await rememberRefusal(pool, placeOf(config)).catch((error: unknown) =>
      logger.warn({ err: error }, 'refusal not remembered'),
    );
    refuse(sentence);
    return new ClaimUnknown(sentence);
  }

  private async identities(topics: readonly string[]): Promise<Map<string, string>> {
    const admin = this.parts.kafka.admin();
    await admin.connect();
    return askIdentities(admin, topics).finally(() => admin.disconnect());
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

/** Where topics are: two installations may use the same names on different brokers. */
const placeOf = ({ KAFKA_BROKERS, KAFKA_TOPIC_PREFIX = '' }: ClaimParts['config']): string =>
  `${KAFKA_BROKERS.toSorted().join(',')} ${KAFKA_TOPIC_PREFIX}*`;

const ownTopics =
  'Give this one topics of its own, with the same prefix for all its services, create-topics.js and engines: KAFKA_TOPIC_PREFIX=second. ';

/** Why a service does not take topics that nobody claims, and what to do. */
export function unclaimed(
  why: 'refused' | 'foreign',
  { id }: Pick<Installation, 'id'>,
  { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX }: ClaimParts['config'],
): string {
  const topics = KAFKA_TOPIC_PREFIX === undefined ? 'these topics' : `the topics ${KAFKA_TOPIC_PREFIX}*`;
  const whose =
    why === 'refused'
      ? `belonged to another installation, and ${CLAIM_TOPIC} was made anew since; it claims them again when it starts`
      : `hold what another registry has decided, and ${CLAIM_TOPIC} is empty`;
  return (
    `KAFKA_TOPIC_PREFIX: ${topics} on ${KAFKA_BROKERS.join(',')} ${whose}; this database is installation ${id}. ${ownTopics}` +
    'If this one is to have them: node dist/libs/kafka/create-topics.js --release-claim'
  );
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
    `this database is installation ${id}. ${ownTopics}` +
    'If the other one’s database is lost and this one takes its place: node dist/libs/kafka/create-topics.js --release-claim'
  );
}
