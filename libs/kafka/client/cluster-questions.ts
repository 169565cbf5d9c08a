import type { Admin, Kafka } from 'kafkajs';
import type { TopicIdentity } from '#domain/streams/position';
import { type EndOffset, endOffsetsBy } from '../topics/end-offsets.js';
import { askEpochEnd } from '../topics/epoch-end.js';
import { askIdentities } from '../topics/topic-identity.js';

export interface CommittedPlace {
  readonly topic: string;
  readonly partition: number;
  readonly metadata: string | null;
}

/** Asks again and again how some topics are, over one connection. */
export class ClusterQuestions {
  private admin: Promise<Admin> | null = null;

  constructor(private readonly kafka: Kafka) {}

  /** Which topics stand behind these names. Those that are not there are left out. Throws while no broker answers. */
  identities(topics: readonly string[]): Promise<Map<string, TopicIdentity>> {
    return this.with((admin) => askIdentities(admin, topics));
  }

  /** What the broker keeps of a group's places, with what was said about each when it was told. */
  committed(group: string, topics: readonly string[]): Promise<CommittedPlace[]> {
    return this.with(async (admin) => {
      const places = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
      return places.flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each })));
    });
  }

  /** Where the partitions of these topics begin and end right now. */
  ends(topics: readonly string[]): Promise<EndOffset[]> {
    return this.with((admin) => endOffsetsBy(admin, topics));
  }

  /** Where a partition ends, as far as leaders up to this epoch have written it; null where the broker does not know. */
  epochEnd(topic: string, partition: number, epoch: number): Promise<bigint | null> {
    return this.with((admin) => askEpochEnd(admin, topic, partition, epoch));
  }

  async close(): Promise<void> {
    const admin = this.admin;
    this.admin = null;
    await (await admin?.catch(() => null))?.disconnect().catch(() => undefined);
  }

  private async with<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = await this.connected();
    try {
      return await ask(admin);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  private connected(): Promise<Admin> {
    this.admin ??= (async () => {
      const admin = this.kafka.admin({ retry: { retries: 1 } });
      await admin.connect();
      return admin;
    })().catch((error: unknown) => {
      this.admin = null;
      throw error;
    });
    return this.admin;
  }
}
