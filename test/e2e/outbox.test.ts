import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { EventOf, Topic } from '#contracts/topics';
import { dropOutboxTable, type EventPublisher, Outbox, OutboxRelay, outboxTable } from '#kafka/outbox';
import { createLogger } from '#platform/logging';
import type { RunningPostgres } from '../../deploy/local/postgres.js';
import { until } from '../../deploy/local/until.js';
import { testPostgres } from '../stack/infrastructure.js';

/** Long enough that a test which waits for a poll fails: what comes sooner was woken. */
const NEVER_MS = 600_000;

/** Takes the place of Kafka: remembers what it got, and fails as often as it is told to. */
class Publisher implements EventPublisher {
  readonly got: { rows: number; id: string | undefined }[] = [];
  failures = 0;

  async publish<T extends Topic>(_topic: T, event: EventOf<T>, options: { id?: string } = {}): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw new Error('the broker is away');
    }
    this.got.push({ rows: 'rows' in event ? Number(event.rows) : -1, id: options.id });
  }

  get order(): number[] {
    return this.got.map(({ rows }) => rows);
  }
}

let postgres: RunningPostgres;
let source: DataSource;
const outbox = new Outbox('box');
const relays: OutboxRelay[] = [];

const shrunk = (rows: number): EventOf<'data.dataset-shrunk'> => ({
  model: DEFAULT_MODEL,
  rows,
  last_trained_rows: 0,
  detected_at: '2026-01-04T09:00:00.000Z',
});
const add = (rows: number, id?: string) =>
  outbox.add(source.manager, 'data.dataset-shrunk', shrunk(rows), id === undefined ? {} : { id });
const waiting = async () => (await source.query<{ n: number }[]>('select count(*)::int as n from box.outbox'))[0]?.n;

function relay(publisher: EventPublisher, pollMs = NEVER_MS): OutboxRelay {
  const logger = createLogger('test', 'silent');
  const started = new OutboxRelay({ databaseUrl: postgres.url, schema: 'box', publisher, logger, pollMs });
  started.start();
  relays.push(started);
  return started;
}

beforeAll(async () => {
  postgres = await testPostgres();
  source = await new DataSource({ type: 'postgres', url: postgres.url }).initialize();
  await source.query('create schema box');
});
beforeEach(async () => {
  for (const statement of outboxTable('box')) await source.query(statement);
});
afterEach(async () => {
  for (const each of relays.splice(0)) await each.stop();
  for (const statement of dropOutboxTable('box')) await source.query(statement);
});
afterAll(async () => {
  await source?.destroy();
  await postgres?.stop();
});

describe('the outbox', () => {
  it('publishes in order: what was there at start, and what is committed later, without waiting for a poll', async () => {
    const publisher = new Publisher();
    const ids = [randomUUID(), randomUUID()];
    await add(1, ids[0]);
    await add(2, ids[1]);
    relay(publisher);
    await until('the first two', () => publisher.got.length === 2);
    for (const rows of [3, 4, 5]) await add(rows);
    await until('all', () => publisher.got.length === 5);
    expect(publisher.order).toEqual([1, 2, 3, 4, 5]);
    expect(publisher.got.slice(0, 2).map(({ id }) => id)).toEqual(ids);
    await until('the table to be empty', async () => (await waiting()) === 0);
  });

  it('publishes nothing of a transaction that fails', async () => {
    const publisher = new Publisher();
    relay(publisher);
    await expect(
      source.transaction(async (manager) => {
        await outbox.add(manager, 'data.dataset-shrunk', shrunk(1));
        throw new Error('something after it');
      }),
    ).rejects.toThrow('something after it');
    await add(2);
    await until('the other', () => publisher.got.length === 1);
    expect(publisher.order).toEqual([2]);
  });

  it('refuses an event that does not fit its topic, and with it the transaction', async () => {
    await expect(outbox.add(source.manager, 'data.dataset-shrunk', shrunk(0.5))).rejects.toThrow('rows');
    expect(await waiting()).toBe(0);
  });

  it('sends again what Kafka did not take, under the same id, and keeps the order', async () => {
    const publisher = new Publisher();
    publisher.failures = 3;
    const id = randomUUID();
    await add(1, id);
    await add(2);
    relay(publisher);
    await until('both', () => publisher.got.length === 2);
    expect(publisher.order).toEqual([1, 2]);
    expect(publisher.got[0]?.id).toBe(id);
  });

  it('lets one relay work at a time, and the next take over when its connection ends', async () => {
    const first = new Publisher();
    const second = new Publisher();
    relay(first);
    await add(1);
    await until('the first to lead', () => first.got.length === 1);
    relay(second, 50);
    for (const rows of [2, 3]) await add(rows);
    await until('the leader to publish', () => first.got.length === 3);
    expect(second.got).toEqual([]);
    await relays.shift()?.stop();
    await add(4);
    await until('the second to publish', () => second.got.length === 1);
    expect([first.order, second.order]).toEqual([[1, 2, 3], [4]]);
  });

  it('survives the loss of its connection', async () => {
    const publisher = new Publisher();
    relay(publisher);
    await add(1);
    await until('the first', () => publisher.got.length === 1);
    const other = new pg.Client({ connectionString: postgres.url });
    await other.connect();
    await other.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ratchet-outbox-box'",
    );
    await other.end();
    await add(2);
    await until('the second', () => publisher.order.includes(2));
    await until('the table to be empty', async () => (await waiting()) === 0);
  });
});
