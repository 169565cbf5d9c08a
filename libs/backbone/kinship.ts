import { isSameTopic } from '#domain/streams/position';

/** What the topics hold that only a registry or an instance of its can have written. */
export interface TopicTraces {
  /** Identities of the topics, by name. */
  readonly identities: ReadonlyMap<string, string>;
  /** Histories that desired states and heartbeats name. */
  readonly epochs: ReadonlySet<string>;
  /** Whether the broker keeps places of groups that only an installation has. */
  readonly wereRead: boolean;
}

/** What a database remembers of topics; see `topicMemories`. */
export interface DatabaseTraces {
  /** Topics that it has read from, with their identities. */
  readonly read: readonly { readonly topic: string; readonly identity: string }[];
  /** Histories of its own registry. */
  readonly epochs: readonly string[];
  /** Nothing was ever read or decided for it. */
  readonly isNew: boolean;
}

/**
 * Whether a database belongs to these topics, by what both remember. `own`: it has read from them, or its registry wrote what is in
 * them. `foreign`: they hold a registry's history, and it is none of this database's, or they were read, and this one is new.
 * `unknown`: nothing says either.
 */
export function kinship(topics: TopicTraces, database: DatabaseTraces): 'own' | 'foreign' | 'unknown' {
  const hasRead = database.read.some(({ topic, identity }) => {
    const there = topics.identities.get(topic);
    // Without an id of the topic, as of old brokers, only the cluster is known to be the same: two installations may share that.
    return there !== undefined && !there.endsWith('/') && !identity.endsWith('/') && isSameTopic(identity, there);
  });
  if (hasRead || database.epochs.some((epoch) => topics.epochs.has(epoch))) return 'own';
  return topics.epochs.size > 0 || (topics.wereRead && database.isNew) ? 'foreign' : 'unknown';
}
