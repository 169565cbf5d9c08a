/** Quiet fetches in a row that say that there is nothing more. */
const ENOUGH = 2;
const FIRST = -1;
/** A broker that was not asked for so long leads none of the partitions any more. */
const GONE_MS = 60_000;

interface Offsets {
  fetchTopicOffsets(topic: string): Promise<readonly { partition: number; low: string; high: string }[]>;
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * Tells when everything that was in some topics at a given moment has been handled.
 *
 * Normally that is when the last offset of each partition has been seen. A compacted partition may end in removed
 * records whose offsets never come; so two fetches in a row that bring nothing, which a broker only answers when
 * there is nothing beyond the position, count as well: of every broker, because what one of them has says nothing of the others.
 */
export class CatchUp {
  private readonly awaited = new Map<string, bigint>();
  /** By broker: fetches in a row that brought nothing, and when it was asked last. The first one may not have asked for every partition yet. */
  private readonly brokers = new Map<number, { quiet: number; askedAt: number }>();
  private release: () => void = () => {};
  private readonly done = new Promise<void>((resolve) => {
    this.release = resolve;
  });

  /** Notes the end of every partition as it is now. True when there is nothing to wait for. */
  async mark(admin: Offsets, topics: readonly string[]): Promise<boolean> {
    this.awaited.clear();
    for (const topic of topics)
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        if (BigInt(high) > BigInt(low)) this.awaited.set(nameOf(topic, partition), BigInt(high) - 1n);
    this.check();
    return this.awaited.size === 0;
  }

  /** Partitions are shared out anew. */
  joined(): void {
    this.brokers.clear();
  }

  asks(broker: number, now = Date.now()): void {
    this.brokers.set(broker, { quiet: this.brokers.get(broker)?.quiet ?? FIRST, askedAt: now });
  }

  handled(topic: string, partition: number, offset: string): void {
    for (const broker of this.brokers.values()) broker.quiet = Math.min(broker.quiet, 0);
    const name = nameOf(topic, partition);
    const last = this.awaited.get(name);
    if (last !== undefined && BigInt(offset) >= last) {
      this.awaited.delete(name);
      this.check();
    }
  }

  /** A fetch over all partitions of a broker came back without a message. */
  fetchedNothing(broker: number, now = Date.now()): void {
    const asked = this.brokers.get(broker);
    // Of before the partitions were shared out anew.
    if (asked === undefined) return;
    asked.quiet++;
    for (const { quiet, askedAt } of this.brokers.values()) if (quiet < ENOUGH && now - askedAt < GONE_MS) return;
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
