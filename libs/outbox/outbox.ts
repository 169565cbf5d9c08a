import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';

/** What an event may be stored with. */
export interface OutboxOptions {
  /** CloudEvents id; a new one if left out. It stays the same however often the relay has to send. */
  id?: string;
  traceparent?: string;
}

/** An event as the table holds it. */
export interface OutboxEntry {
  id: string;
  topic: Topic;
  event: unknown;
  traceparent: string | null;
}

/**
 * The event with what the table needs besides. Throws when the event does not fit the topic's contract, because what is in
 * the outbox has to be publishable.
 */
export function outboxEntry<T extends Topic>(
  topic: T,
  event: EventOf<T>,
  { id = randomUUID(), traceparent }: OutboxOptions = {},
): OutboxEntry {
  return { id, topic, event: TOPICS[topic].schema.parse(event), traceparent: traceparent ?? null };
}

/** Puts events into a schema's outbox table, in the transaction that changes the state they tell of. */
export class Outbox {
  private readonly insert: string;

  /** @param schema the service's own schema, whose migrations ran `outboxTable(schema)` */
  constructor(schema: string) {
    this.insert = `INSERT INTO ${schema}.outbox (id, topic, event, traceparent) VALUES ($1, $2, $3, $4)`;
  }

  /**
   * Stores the event; the relay publishes it once the transaction of `manager` has committed. Throws (and so fails the
   * transaction) like {@link outboxEntry}.
   */
  async add<T extends Topic>(
    manager: EntityManager,
    topic: T,
    event: EventOf<T>,
    options: OutboxOptions = {},
  ): Promise<void> {
    const entry = outboxEntry(topic, event, options);
    await manager.query(this.insert, [entry.id, topic, JSON.stringify(entry.event), entry.traceparent]);
  }
}
