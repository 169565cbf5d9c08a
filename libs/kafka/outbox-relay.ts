import pg from 'pg';
import type { Logger } from 'pino';
import { Counter, Gauge } from 'prom-client';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { WakeUp } from '#platform/wake-up';
import { outboxChannel } from './outbox-table.js';

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
  logger: Logger;
  /** Looks again after this long even if nothing woke it. Default 1000. */
  pollMs?: number;
}

interface OutboxRow {
  seq: string;
  id: string;
  topic: string;
  event: unknown;
  traceparent: string | null;
  created_at: Date;
}

const BATCH = 500;
const MAX_BACK_OFF_MS = 5_000;

/**
 * Publishes a schema's outbox in order, at least once, and deletes what Kafka has acknowledged.
 *
 * One session-level advisory lock per schema decides which of several processes relays; the others stand by and take
 * over when the holder's connection ends. It wakes on the table's notification, so that a committed event is on its
 * way within a millisecond, and polls in case a notification was lost with a connection. One loop owns all state;
 * notifications only set a wake-up.
 */
export class OutboxRelay {
  private readonly channel: string;
  /** Both by name, so that Postgres plans them once. */
  private readonly select: pg.QueryConfig;
  private readonly remove: pg.QueryConfig;
  private stopping = false;
  private running: Promise<void> | null = null;
  private readonly wakeUp = new WakeUp();

  constructor(private readonly options: OutboxRelayOptions) {
    const { schema } = options;
    this.channel = outboxChannel(schema);
    this.select = {
      name: 'outbox-next',
      text: `SELECT seq, id, topic, event, traceparent, created_at FROM ${schema}.outbox ORDER BY seq LIMIT ${BATCH}`,
    };
    this.remove = { name: 'outbox-sent', text: `DELETE FROM ${schema}.outbox WHERE seq = ANY($1::bigint[])` };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when the batch in hand is done; what is left stays in the table for the next start. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Makes the relay look now. The table's trigger does this by itself; callers rarely need to. */
  wake(): void {
    this.wakeUp.wake();
  }

  private async run(): Promise<void> {
    let backOff = 100;
    while (!this.stopping) {
      try {
        await this.session(() => {
          backOff = 100;
        });
      } catch (error) {
        if (this.stopping) return;
        failures.inc({ schema: this.options.schema });
        this.options.logger.warn(
          { err: error, schema: this.options.schema, retry_in_ms: backOff },
          'outbox relay interrupted',
        );
        await this.wakeUp.sleep(backOff);
        backOff = Math.min(backOff * 2, MAX_BACK_OFF_MS);
      }
    }
  }

  /** One connection's life: listen, take the lock, publish until told to stop or something breaks. */
  private async session(onProgress: () => void): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: `ratchet-outbox-${this.options.schema}`,
      keepAlive: true,
    });
    let lost: Error | null = null;
    client.on('error', (error) => {
      lost = error;
      this.wake();
    });
    client.on('notification', () => this.wake());
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      let leading = false;
      while (!this.stopping) {
        if (lost !== null) throw lost;
        this.wakeUp.clear();
        leading ||= await this.tryLead(client);
        const sent = leading ? await this.publishBatch(client) : await this.standBy(client);
        onProgress();
        if (sent < BATCH) await this.wakeUp.sleep(this.options.pollMs ?? 1_000);
      }
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** Another process publishes; this one sees whether it does. */
  private async standBy(client: pg.Client): Promise<number> {
    this.tell((await client.query<OutboxRow>(this.select)).rows);
    return 0;
  }

  private tell(rows: readonly OutboxRow[]): void {
    const { schema } = this.options;
    waiting.set({ schema }, rows.length);
    oldest.set(schema, rows[0]?.created_at.getTime() ?? 0);
  }

  private async tryLead(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock(hashtext($1)) AS held', [
      this.channel,
    ]);
    return rows[0]?.held ?? false;
  }

  private async publishBatch(client: pg.Client): Promise<number> {
    const { rows } = await client.query<OutboxRow>(this.select);
    this.tell(rows);
    const done: string[] = [];
    try {
      for (const row of rows) {
        await this.publish(row);
        done.push(row.seq);
      }
    } finally {
      if (done.length > 0) await client.query(this.remove, [done]);
      this.tell(rows.slice(done.length));
    }
    return rows.length;
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

const isTopic = (name: string): name is Topic => Object.hasOwn(TOPICS, name);
