import type pg from 'pg';
import type { Logger } from 'pino';
import { Counter, Gauge } from 'prom-client';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { outboxChannel } from '#database/outbox-table';
import { HeldConnection } from '#database/standing-still';
import { classifyFailure } from '#domain/failures/classify';
import type { Parking } from '#kafka/consume/parking';
import { Loop } from '#platform/loop/loop';
import type { OutboxRow } from './outbox-row.js';
import { isTopic, parkedEvent } from './parked-event.js';

const published = new Counter({
  name: 'ratchet_outbox_published_total',
  help: 'Events the relay has published from the outbox.',
  labelNames: ['schema', 'topic'],
});
const failures = new Counter({
  name: 'ratchet_outbox_failures_total',
  help: 'Times the relay lost Postgres or Kafka and began again.',
  labelNames: ['schema'],
});

const parked = new Counter({
  name: 'ratchet_outbox_parked_total',
  help: 'Committed events that no broker will ever take, or that are none, and were parked.',
  labelNames: ['schema'],
});

const waiting = new Gauge({
  name: 'ratchet_outbox_waiting_events',
  help: 'Committed events that Kafka does not have yet; counted up to 500.',
  labelNames: ['schema'],
});
/** When the oldest event that still waits was written, by schema. */
const oldest = new Map<string, number>();
new Gauge({
  name: 'ratchet_outbox_oldest_seconds',
  help: 'Age of the oldest committed event that Kafka does not have yet; 0 when none waits.',
  labelNames: ['schema'],
  collect() {
    for (const [schema, at] of oldest) this.set({ schema }, at === 0 ? 0 : Math.max(0, (Date.now() - at) / 1000));
  },
});

/** The part of EventProducer that the relay needs. */
export interface EventPublisher {
  publish<T extends Topic>(
    topic: T,
    event: EventOf<T>,
    options?: { id?: string; time?: Date; traceparent?: string },
  ): Promise<void>;
}

export interface OutboxRelayOptions {
  databaseUrl: string;
  /** Whose outbox table. */
  schema: string;
  publisher: EventPublisher;
  /** Where events go that can never be published. */
  parking: Pick<Parking, 'park'>;
  logger: Logger;
  /** Looks again after this long even if nothing woke it. Default 1000. */
  pollMs?: number;
}

/** One connection's life: it listens, and may hold the lock. */
interface Session {
  readonly connection: HeldConnection;
  leading: boolean;
}

const BATCH = 500;
const MAX_BACK_OFF_MS = 5_000;

/**
 * Publishes a schema's outbox in order, at least once, and deletes what Kafka has acknowledged.
 *
 * One session-level advisory lock per schema decides which of several processes relays; the others stand by and take
 * over when the holder's connection ends, which it does within seconds when its process stands still. It wakes on the table's notification, so that a committed event is on its
 * way within a millisecond, and polls in case a notification was lost with a connection. One loop owns all state;
 * notifications only wake it, and a connection that was lost is made anew.
 */
export class OutboxRelay {
  private readonly channel: string;
  /** Both by name, so that Postgres plans them once. */
  private readonly select: pg.QueryConfig;
  private readonly remove: pg.QueryConfig;
  /** For the service's list of everything that runs by itself. */
  readonly loop: Loop;
  private session: Session | null = null;

  constructor(private readonly options: OutboxRelayOptions) {
    const { schema, pollMs: everyMs = 1_000, logger } = options;
    this.loop = new Loop({
      name: `outbox ${schema}`,
      everyMs,
      step: () => this.look(),
      logger,
      longestBackOffMs: MAX_BACK_OFF_MS,
    });
    parked.inc({ schema }, 0);
    this.channel = outboxChannel(schema);
    this.select = {
      name: 'outbox-next',
      text: `SELECT seq, id, topic, event, traceparent, created_at FROM ${schema}.outbox ORDER BY seq LIMIT ${BATCH}`,
    };
    this.remove = { name: 'outbox-sent', text: `DELETE FROM ${schema}.outbox WHERE seq = ANY($1::bigint[])` };
  }

  start(): void {
    this.loop.start();
  }

  /** Resolves when the batch in hand is done; what is left stays in the table for the next start. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await this.hangUp();
  }

  /** Makes the relay look now. The table's trigger does this by itself; callers rarely need to. */
  wake(): void {
    this.loop.wake();
  }

  /** Publishes a batch; true if there may be more. Whatever breaks, the next look begins with a connection of its own. */
  private async look(): Promise<boolean> {
    try {
      this.session ??= await this.connect();
      const { connection } = this.session;
      if (connection.lost !== null) throw connection.lost;
      this.session.leading ||= await this.tryLead(connection);
      const sent = this.session.leading ? await this.publishBatch(connection) : await this.standBy(connection);
      return sent === BATCH;
    } catch (error) {
      failures.inc({ schema: this.options.schema });
      await this.hangUp();
      throw error;
    }
  }

  private async connect(): Promise<Session> {
    const connection = await HeldConnection.open(this.options.databaseUrl, {
      name: `ratchet-outbox-${this.options.schema}`,
      onLost: () => this.wake(),
      onNotification: () => this.wake(),
    });
    try {
      await connection.query(`LISTEN ${this.channel}`);
      return { connection, leading: false };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** The advisory lock goes with the connection, so that another process may lead. */
  private async hangUp(): Promise<void> {
    const { session } = this;
    this.session = null;
    await session?.connection.close();
  }

  /** Another process publishes; this one sees whether it does. */
  private async standBy(connection: HeldConnection): Promise<number> {
    this.tell((await connection.query<OutboxRow>(this.select)).rows);
    return 0;
  }

  private tell(rows: readonly OutboxRow[]): void {
    const { schema } = this.options;
    waiting.set({ schema }, rows.length);
    oldest.set(schema, rows[0]?.created_at.getTime() ?? 0);
  }

  private async tryLead(connection: HeldConnection): Promise<boolean> {
    const { rows } = await connection.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS held', [
      this.channel,
    ]);
    return rows[0]?.held ?? false;
  }

  private async publishBatch(connection: HeldConnection): Promise<number> {
    const { rows } = await connection.query<OutboxRow>(this.select);
    this.tell(rows);
    const done: string[] = [];
    try {
      for (const row of rows) {
        // Whoever stood still meanwhile would publish what another one has, after what came later.
        if (done.length > 0) await connection.confirm();
        await this.publishOrPark(row);
        done.push(row.seq);
      }
    } finally {
      if (done.length > 0) await connection.query(this.remove, [done]);
      this.tell(rows.slice(done.length));
    }
    return rows.length;
  }

  /** What cannot be published for good, tried once more, is put aside, so that what comes after it is. */
  private async publishOrPark(row: OutboxRow): Promise<void> {
    const { schema, parking } = this.options;
    for (const again of [true, false]) {
      try {
        await this.publish(row);
        return;
      } catch (error) {
        if (classifyFailure(error) === 'temporary') throw error;
        if (again) continue;
        await parking.park(parkedEvent(schema, row, error));
        parked.inc({ schema });
      }
    }
  }

  private async publish(row: OutboxRow): Promise<void> {
    if (!isTopic(row.topic)) throw new Error(`outbox row ${row.seq} names the unknown topic "${row.topic}"`);
    await this.options.publisher.publish(row.topic, TOPICS[row.topic].schema.parse(row.event), {
      id: row.id,
      time: row.created_at,
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    });
    published.inc({ schema: this.options.schema, topic: row.topic });
  }
}
