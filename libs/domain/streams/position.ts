/**
 * Which topic of a name it is: the ids of its cluster and of the topic itself, as Kafka's tools print them, `cluster/topic`. A topic that
 * was deleted and made again has another id, and a cluster that was made anew as well. Brokers before 2.8 know no ids of
 * topics; then nothing stands behind the slash.
 */
export type TopicIdentity = string;

/** Whether both can be the same topic. What one of them does not say tells them not apart. */
export function isSameTopic(one: TopicIdentity, other: TopicIdentity): boolean {
  const [cluster, topic] = one.split('/');
  const [otherCluster, otherTopic] = other.split('/');
  const compatible = (a: string | undefined, b: string | undefined): boolean => !a || !b || a === b;
  return compatible(cluster, otherCluster) && compatible(topic, otherTopic);
}

/** Where a reader continues in a partition, and in which topic that is a place; null of a place from before that was kept. */
export interface Position {
  readonly expected: bigint;
  readonly identity: TopicIdentity | null;
  /** The leader epoch of what was read last; null where it is not known. */
  readonly leaderEpoch: number | null;
}

/** A partition as it is right now. */
export interface PartitionFound {
  readonly identity: TopicIdentity;
  /** Offset of the oldest message that is still there. */
  readonly low: bigint;
  /** Offset the next message will get. */
  readonly high: bigint;
  /** Where leaders up to the position's epoch have written to; null where that is not known, or was not asked. */
  readonly epochEnd: bigint | null;
}

/** What a position turned out to be, and where reading goes on. */
export type PositionJudgement =
  | { readonly kind: 'good' }
  /** It is a place in another topic of that name: what is there now was never read. */
  | { readonly kind: 'remade'; readonly next: bigint }
  /** The topic has lost its end; what is written there now has offsets that were read before. */
  | { readonly kind: 'truncated'; readonly next: bigint }
  /** Retention has removed what was not read yet, from the position to `next`. */
  | { readonly kind: 'lost'; readonly next: bigint };

export function judgePosition(position: Position, found: PartitionFound): PositionJudgement {
  const { expected, identity } = position;
  // Of whatever topic nothing was read, nothing has to be read again.
  const another = identity !== null && expected > 0n && !isSameTopic(identity, found.identity);
  if (another) return { kind: 'remade', next: 0n };
  // Another leader that had not all of it has written something else in its place.
  const replaced = found.epochEnd !== null && expected > found.epochEnd;
  if (expected > found.high || replaced) return { kind: 'truncated', next: found.low };
  if (expected < found.low) return { kind: 'lost', next: found.low };
  return { kind: 'good' };
}

/** How many messages of the partition are there and were not read. */
export function unread(position: Position, found: PartitionFound): number {
  const judgement = judgePosition(position, found);
  const next = judgement.kind === 'good' ? position.expected : judgement.next;
  return Number(next < found.low ? found.high - found.low : found.high - next);
}
