import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';

/** What an event may be stored with. */
export interface OutboxOptions {
  /** CloudEvents id; a new one if left out. It stays the same however often the relay has to send. */
  id?: string;
  traceparent?: string;
}

/** Puts events into a schema's outbox table, in the transaction that changes the state they tell of. */
export class Outbox {
  private readonly insert: string;

  /** @param schema the service's own schema, whose migrations ran `outboxTable(schema)` */
  constructor(schema: string) {
    this.insert = `INSERT INTO ${schema}.outbox (id, topic, event, traceparent) VALUES ($1, $2, $3, $4)`;
  }

  /**
   * Stores the event; the relay publishes it once the transaction of `manager` has committed.
   * Throws (and so fails the transaction) when the event does not fit the topic's contract, because what is in the
   * outbox has to be publishable.
   */
  async add<T extends Topic>(
    manager: EntityManager,
    topic: T,
    event: EventOf<T>,
    options: OutboxOptions = {},
  ): Promise<void> {
    const valid = TOPICS[topic].schema.parse(event);
    await manager.query(this.insert, [
      options.id ?? randomUUID(),
      topic,
      JSON.stringify(valid),
      options.traceparent ?? null,
    ]);
  }
}

export { type EventPublisher, OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
export { dropOutboxTable, outboxTable } from './outbox-table.js';
