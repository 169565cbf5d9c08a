import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { EventOf, Topic } from '#contracts/topics';
import { dropOutboxTable, outboxTable } from '#database/outbox-table';
import type { Complaint } from '#kafka/consume/parking';
import { Outbox } from '#outbox/outbox';
import { type EventPublisher, OutboxRelay } from '#outbox/outbox-relay';
import { createLogger } from '#platform/logging';
import { until } from '../../deploy/local/until.js';
import { borrowDatabase } from '../stack/shared/borrow.js';

/** Long enough that a test which waits for a poll fails: what comes sooner was woken. */
const NEVER_MS = 600_000;

/** Takes the place of Kafka: remembers what it got, and fails as often as it is told to. */
class Publisher implements EventPublisher {
  readonly got: { rows: number; id: string | undefined }[] = [];
  failures = 0;
  /** Events that it never takes, by their rows. */
  readonly permanently = new Set<number>();

  async publish<T extends Topic>(_topic: T, event: EventOf<T>, options: { id?: string } = {}): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw Object.assign(new Error('the broker is away'), { code: 'ECONNREFUSED' });
    }
    const { permanently } = this;
    if ('rows' in event && permanently.has(Number(event.rows))) throw new Error('larger than any broker takes');
    this.got.push({ rows: 'rows' in event ? Number(event.rows) : -1, id: options.id });
  }

  get order(): number[] {
    return this.got.map(({ rows }) => rows);
  }
}

/** Takes the place of Kafka's dead letters. */
const parked: Complaint[] = [];
let parkingAway = 0;
const parking = {
  async park(complaint: Complaint): Promise<void> {
    if (parkingAway > 0) {
      parkingAway--;
      throw Object.assign(new Error('the broker is away'), { code: 'ECONNREFUSED' });
    }
    parked.push(complaint);
  },
};

let postgres: Awaited<ReturnType<typeof borrowDatabase>>;
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
  const started = new OutboxRelay({ databaseUrl: postgres.url, schema: 'box', publisher, parking, logger, pollMs });
  started.start();
  relays.push(started);
  return started;
}

beforeAll(async () => {
  postgres = await borrowDatabase('empty');
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

  it('puts aside what can never be published, and publishes the rest in its order', async () => {
    const publisher = new Publisher();
    publisher.permanently.add(2).add(4);
    // Not even that works at once.
    parkingAway = 2;
    const id = randomUUID();
    await add(1);
    await add(2, id);
    await add(3);
    // By hand, or by a release that knew more topics and other forms.
    const insert = 'insert into box.outbox (id, topic, event) values ($1, $2, $3)';
    await source.query(insert, [randomUUID(), 'no.such.topic', '{"a":1}']);
    await source.query(insert, [randomUUID(), 'data.dataset-shrunk', '{"rows":"many"}']);
    for (const rows of [4, 5]) await add(rows);
    relay(publisher);
    await until('the last', () => publisher.order.includes(5));
    expect(publisher.order).toEqual([1, 3, 5]);
    await until('the table to be empty', async () => (await waiting()) === 0);
    expect(parked.map(({ topic, message: { value } }) => [topic, JSON.parse(String(value)).rows])).toEqual([
      ['data.dataset-shrunk', 2],
      ['no.such.topic', undefined],
      ['data.dataset-shrunk', 'many'],
      ['data.dataset-shrunk', 4],
    ]);
    expect(parked[0]).toMatchObject({
      partition: -9,
      reason: 'failed',
      detail: 'it can never be published: larger than any broker takes',
      message: { key: Buffer.from(DEFAULT_MODEL), headers: { ce_id: id, ce_type: 'data.dataset-shrunk' } },
    });
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
