import type { Kafka } from 'kafkajs';
import { Counter } from 'prom-client';
import { isSameTopic, type TopicIdentity } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import { ClusterQuestions } from '../client/cluster-questions.js';

const remade = new Counter({
  name: 'ratchet_topics_remade_total',
  help: 'Times a topic turned out to be another one of the same name than the one it was read from; it is read from its beginning.',
  labelNames: ['topic'],
});

const LOOK_EVERY_MS = 5_000;

/** Knows which topics a consumer reads from, by their ids, and notices when one of them is another one of the same name. */
export class TopicWatch {
  private readonly cluster: ClusterQuestions;
  private readonly known = new Map<string, TopicIdentity>();
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  /** @param changed is told of topics that turned out to be others while they were read */
  constructor(
    kafka: Kafka,
    private readonly logger: Logger,
    private readonly changed: (topics: readonly string[]) => void,
  ) {
    this.cluster = new ClusterQuestions(kafka);
  }

  /** Looks every few seconds from now on. */
  start(topics: readonly string[]): void {
    for (const topic of topics) remade.inc({ topic }, 0);
    const again = (): void => {
      if (!this.closed) this.timer = setTimeout(look, LOOK_EVERY_MS);
    };
    const look = async (): Promise<void> => {
      // Before there is a consumer, nothing was read of anything.
      const changed = this.known.size === 0 ? [] : await this.look(topics).catch(() => []);
      if (changed.length > 0 && !this.closed) this.changed(changed);
      again();
    };
    again();
  }

  /** Asks now. Those that are not what they were; one that is not there stays what it was until it is there again. */
  async look(topics: readonly string[]): Promise<string[]> {
    const changed: string[] = [];
    for (const [topic, found] of await this.cluster.identities(topics)) {
      const known = this.known.get(topic);
      this.known.set(topic, found);
      if (known === undefined || isSameTopic(known, found)) continue;
      changed.push(topic);
      this.tell(topic, known, found);
    }
    return changed;
  }

  /** What the topics are, as they said last. */
  identities(): ReadonlyMap<string, TopicIdentity> {
    return new Map(this.known);
  }

  /** Partitions (`topic/partition`) for which the broker keeps a place in a topic that is not there any more. */
  async misplaced(group: string, topics: readonly string[]): Promise<string[]> {
    const misplaced: string[] = [];
    for (const { topic, partition, metadata } of await this.cluster.committed(group, topics)) {
      const identity = this.known.get(topic);
      if (!metadata || identity === undefined || isSameTopic(metadata, identity)) continue;
      misplaced.push(`${topic}/${partition}`);
      this.tell(topic, metadata, identity, partition);
    }
    return misplaced;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.cluster.close();
  }

  private tell(topic: string, known: TopicIdentity, found: TopicIdentity, partition?: number): void {
    remade.inc({ topic });
    this.logger.warn(
      { topic, partition, known, found },
      'this is another topic of the same name: it is read from its beginning',
    );
  }
}
