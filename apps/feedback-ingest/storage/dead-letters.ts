import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { DeadLetter, RejectionReason } from '#contracts/events/feedback';
import { storableText } from '#domain/audit/canonical-json';
import type { RawHeader } from '#kafka/message';

/** A message that could not be taken, with everything needed to look at it and to send it again. */
export interface RejectedMessage {
  readonly reason: RejectionReason;
  readonly field: string | null;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  /** Which topic of that name it was, where that is known. */
  readonly identity: string | null;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RawHeader[];
  readonly receivedAt: Date;
  /** Consumer group of whoever could not handle it; nobody's for what could not be read. */
  readonly consumer?: string | null;
  /** Of the error, where it failed in a handler. */
  readonly stack?: string | null;
}

/** Bytes of a message that the event on `feedback.dead-letter` carries; the table has all of them. */
const PUBLISHED_BYTES = 512 * 1024;

const INSERT = `
insert into feedback.dead_letters
  (id, reason, field, detail, topic, partition, "offset", key, value, header_names, header_values, received_at, consumer, stack,
   identity)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (topic, partition, "offset", identity, sha256(coalesce(value, ''::bytea))) do nothing`;
const INSERT_EVENT = `insert into feedback.outbox (id, topic, event) values ($1, 'feedback.dead-letter', $2)`;

function eventOf(id: string, message: RejectedMessage): DeadLetter {
  return {
    id,
    reason: message.reason,
    // A parser's message may quote what Postgres does not take.
    field: message.field === null ? null : storableText(message.field),
    detail: storableText(message.detail),
    source: { topic: message.topic, partition: message.partition, offset: message.offset.toString() },
    key: message.key === null ? null : storableText(message.key.toString()),
    value_base64: (message.value ?? Buffer.alloc(0)).subarray(0, PUBLISHED_BYTES).toString('base64'),
    value_bytes: message.value?.length ?? 0,
    received_at: message.receivedAt.toISOString(),
  };
}

/** Stores one, byte for byte. False if it is there already: the same bytes at the same place of the same topic. */
export async function insertDeadLetter(client: ClientBase, id: string, message: RejectedMessage): Promise<boolean> {
  const { headers, consumer = null, stack = null } = message;
  const result = await client.query(INSERT, [
    id,
    message.reason,
    message.field === null ? null : storableText(message.field),
    storableText(message.detail),
    storableText(message.topic),
    message.partition,
    message.offset.toString(),
    message.key,
    message.value,
    headers.map(({ name }) => Buffer.from(name)),
    headers.map(({ value }) => value),
    message.receivedAt,
    consumer === null ? null : storableText(consumer),
    stack === null ? null : storableText(stack),
    message.identity === null ? '' : storableText(message.identity),
  ]);
  return result.rowCount === 1;
}

/** Stores rejected messages and puts their events into the outbox, inside the caller's transaction. */
export async function insertDeadLetters(client: ClientBase, messages: readonly RejectedMessage[]): Promise<number> {
  let inserted = 0;
  for (const message of messages) {
    const id = randomUUID();
    const event = eventOf(id, message);
    if (!(await insertDeadLetter(client, id, message))) continue;
    inserted++;
    await client.query(INSERT_EVENT, [id, JSON.stringify(event)]);
  }
  return inserted;
}
