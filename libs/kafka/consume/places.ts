import type { Consumer, EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs';
import type { TopicIdentity } from '#domain/streams/position';

/** The broker learns of a place this much later, and of all together: right then, what was decided is on its way. */
const TELL_AFTER_MS = 50;

/** As much of what kafkajs hands over as tells of a place. */
export interface HandledBatch {
  readonly batch: { readonly topic: string; readonly partition: number };
  /** Which topic of that name it was read from; the broker keeps it beside the place. */
  readonly identity: TopicIdentity | null;
  readonly commitOffsetsIfNecessary: EachBatchPayload['commitOffsetsIfNecessary'];
}

interface Place {
  readonly offset: string;
  readonly metadata: TopicIdentity | null;
}

/** Tells the broker where partitions continue. What it was not told of when a consumer ends comes again. */
export class Places {
  private untold = new Map<string, Map<number, Place>>();
  private commit: HandledBatch['commitOffsetsIfNecessary'] = async () => {};
  private readonly telling = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  /** @param failed is told why the broker did not take them; the next ones say where it is as well */
  constructor(private readonly failed: (error: unknown, offsets: OffsetsByTopicPartition) => void) {}

  /** The partition of the batch continues with the message `next`. */
  set({ batch, identity, commitOffsetsIfNecessary }: HandledBatch, next: bigint): void {
    const { topic, partition } = batch;
    const partitions = this.untold.get(topic) ?? new Map<number, Place>();
    this.untold.set(topic, partitions.set(partition, { offset: next.toString(), metadata: identity }));
    // Of a consumer that joined again only the newest one works.
    this.commit = commitOffsetsIfNecessary;
    this.timer ??= setTimeout(() => void this.tell(), TELL_AFTER_MS);
  }

  /** After an assignment, everything is read from where the broker thinks it was, some of it by others. */
  forget(): void {
    this.untold.clear();
  }

  /** Resolves when the broker has been told of everything. */
  async tell(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.untold.size > 0) {
      const offsets = offsetsOf(this.untold);
      this.untold = new Map();
      const told = this.commit(offsets)
        .catch((error: unknown) => this.failed(error, offsets))
        .finally(() => this.telling.delete(told));
      this.telling.add(told);
    }
    await Promise.all(this.telling);
  }
}

const offsetsOf = (places: ReadonlyMap<string, ReadonlyMap<number, Place>>): OffsetsByTopicPartition => ({
  topics: [...places].map(([topic, partitions]) => ({
    topic,
    partitions: [...partitions].map(([partition, place]) => ({ partition, ...place })),
  })),
});

/** Tells it by a consumer that has no batch under way. */
export const committing =
  (consumer: Consumer) =>
  (offsets?: OffsetsByTopicPartition): Promise<void> =>
    consumer.commitOffsets(
      (offsets?.topics ?? []).flatMap(({ topic, partitions }) => partitions.map((each) => ({ topic, ...each }))),
    );
