import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import type { Topic } from '#contracts/topics';
import type { TopicIdentity } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import type { TopicWatch } from '../topics/topic-watch.js';
import { placeName } from './consumer-lag.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

export type TopicIdentities = ReadonlyMap<string, TopicIdentity>;

/** The offset a broadcast reader goes on at, and which topic of that name it counts in. */
interface Read {
  readonly identity: TopicIdentity | null;
  readonly next: bigint;
}

interface StartingPlacesOptions {
  readonly logger: Logger;
  readonly watch: TopicWatch;
  readonly topics: () => readonly Topic[];
  /** The group whose places the broker keeps; null for a broadcast reader. */
  readonly group: string | null;
  /** Where partitions continue whose places are kept outside Kafka. */
  readonly keptElsewhere: ((topic: Topic, partition: number) => Promise<bigint | null>) | null;
  readonly isCurrent: (consumer: Consumer) => boolean;
}

/** Where the partitions of an assignment are read from: by the broker, by whoever keeps the places, or where a broadcast reader was. */
export class StartingPlaces {
  /** True when every place that the broker keeps is one in the topics that are there. Messages are not taken before. */
  placed: Promise<boolean> = Promise.resolve(true);
  /** Of a broadcast reader, for when its consumer is made anew: nobody else keeps its offsets. */
  private readonly places = new Map<string, Read>();
  private assignments = 0;
  private identities: TopicIdentities = new Map();

  constructor(private readonly options: StartingPlacesOptions) {}

  /** Which topics the present consumer reads. */
  readFrom(identities: TopicIdentities): void {
    this.identities = identities;
  }

  /** Notes how far a broadcast reader has come. */
  note(place: string, read: Read): void {
    this.places.set(place, read);
  }

  /** What was noted, by partition. */
  read(): Map<string, bigint> {
    return new Map([...this.places].map(([name, { next }]) => [name, next]));
  }

  /** Goes to where each assigned partition continues, for as long as the assignment is the present one. */
  seek(consumer: Consumer, assigned: Record<string, number[]>): void {
    const assignment = ++this.assignments;
    const current = (): boolean => assignment === this.assignments && this.options.isCurrent(consumer);
    const partitions = this.options
      .topics()
      .flatMap((topic) => (assigned[topic] ?? []).map((partition) => ({ topic, partition })));
    this.placed = this.retried(current, async () => {
      const { group, watch, topics } = this.options;
      const misplaced = group === null ? [] : await watch.misplaced(group, topics());
      if (!current()) return;
      for (const { topic, partition } of partitions)
        if (misplaced.includes(`${topic}/${partition}`)) consumer.seek({ topic, partition, offset: '0' });
    });
    void this.retried(current, async () => {
      for (const { topic, partition } of partitions) {
        const offset = await this.continueAt(topic, partition);
        if (!current()) return;
        if (offset !== null) consumer.seek({ topic, partition, offset: offset.toString() });
      }
    });
  }

  private async continueAt(topic: Topic, partition: number): Promise<bigint | null> {
    const read = this.places.get(placeName(topic, partition));
    if (read !== undefined && read.identity === (this.identities.get(topic) ?? null)) return read.next;
    return (await this.options.keptElsewhere?.(topic, partition)) ?? null;
  }

  /** False when it is no longer wanted. */
  private async retried(wanted: () => boolean, step: () => Promise<void>): Promise<boolean> {
    for (let pause = FIRST_PAUSE_MS; wanted(); pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await step();
        return wanted();
      } catch (error) {
        this.options.logger.warn({ err: error, retry_in_ms: pause }, 'cannot ask where partitions continue yet');
        await sleep(pause, undefined, { ref: false });
      }
    }
    return false;
  }
}
