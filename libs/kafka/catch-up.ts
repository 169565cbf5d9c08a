import type { Admin } from 'kafkajs';

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * Tells when everything that was in some topics at a given moment has been handled.
 *
 * Normally that is when the last offset of each partition has been seen. A compacted partition may end in removed
 * records whose offsets never come; so two fetches in a row that bring nothing, which the broker only answers when
 * there is nothing beyond the position, count as well.
 */
export class CatchUp {
  private readonly awaited = new Map<string, bigint>();
  private emptyFetches = 0;
  private release: () => void = () => {};
  private readonly done = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  /** Notes the end of every partition as it is now. True when there is nothing to wait for. */
  async mark(admin: Admin, topics: readonly string[]): Promise<boolean> {
    this.awaited.clear();
    for (const topic of topics)
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) this.awaited.set(nameOf(topic, partition), BigInt(high) - 1n);
    this.check();
    return this.awaited.size === 0;
  }

  handled(topic: string, partition: number, offset: string): void {
    this.emptyFetches = 0;
    const name = nameOf(topic, partition);
    const last = this.awaited.get(name);
    if (last !== undefined && BigInt(offset) >= last) {
      this.awaited.delete(name);
      this.check();
    }
  }

  /** A fetch over all partitions came back without a message. */
  fetchedNothing(): void {
    if (++this.emptyFetches < 2) return;
    this.awaited.clear();
    this.check();
  }

  wait(): Promise<void> {
    return this.done;
  }

  private check(): void {
    if (this.awaited.size === 0) this.release();
  }
}
