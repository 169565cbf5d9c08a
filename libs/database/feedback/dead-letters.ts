import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { DeadLetter, RejectionReason } from '#contracts/events/feedback';

/** A message that could not be taken, with everything needed to look at it and to send it again. */
export interface RejectedMessage {
  readonly reason: RejectionReason;
  readonly field: string | null;
  readonly detail: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly receivedAt: Date;
}

/** Bytes of a message that the event on `feedback.dead-letter` carries; the table has all of them. */
const PUBLISHED_BYTES = 512 * 1024;

const INSERT = `
insert into feedback.dead_letters (id, reason, field, detail, topic, partition, "offset", key, value, headers, received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (topic, partition, "offset") do nothing`;
const INSERT_EVENT = `insert into feedback.outbox (id, topic, event) values ($1, 'feedback.dead-letter', $2)`;

/** Postgres takes neither NUL characters nor halves of surrogate pairs, and a parser's message may quote them. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
}

function eventOf(id: string, message: RejectedMessage): DeadLetter {
  return {
    id,
    reason: message.reason,
    field: message.field === null ? null : storable(message.field),
    detail: storable(message.detail),
    source: { topic: message.topic, partition: message.partition, offset: message.offset.toString() },
    key: message.key === null ? null : storable(message.key.toString()),
    value_base64: (message.value ?? Buffer.alloc(0)).subarray(0, PUBLISHED_BYTES).toString('base64'),
    value_bytes: message.value?.length ?? 0,
    received_at: message.receivedAt.toISOString(),
  };
}

/** Stores rejected messages and puts their events into the outbox, inside the caller's transaction. */
export async function insertDeadLetters(client: ClientBase, messages: readonly RejectedMessage[]): Promise<number> {
  let inserted = 0;
  for (const message of messages) {
    const id = randomUUID();
    const event = eventOf(id, message);
    const result = await client.query(INSERT, [
      id,
      message.reason,
      event.field,
      event.detail,
      message.topic,
      message.partition,
      message.offset.toString(),
      message.key,
      message.value,
      JSON.stringify(message.headers),
      message.receivedAt,
    ]);
    if (result.rowCount !== 1) continue;
    inserted++;
    await client.query(INSERT_EVENT, [id, JSON.stringify(event)]);
  }
  return inserted;
}
