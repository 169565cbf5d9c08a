import { randomUUID } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { PARKED_HEADER, ParkedHeader } from '#contracts/parked-message';
import { decodeForeignJson } from '#domain/foreign/json';
import { headerOf, type RawMessage, rawHeaders } from '#kafka/message';
import { type BatchResult, type IncomingBatch, OnBatch } from '#kafka/transport';
import { DeadLetterBox } from '../storage/dead-letter-box.js';
import type { RejectedMessage } from '../storage/dead-letters.js';

/** Messages that any service parked, into the table that operators look at. */
@Controller()
export class ParkedController {
  constructor(@Inject(DeadLetterBox) private readonly box: DeadLetterBox) {}

  @OnBatch('events.dead-letter')
  async keep({ partition, identity, messages, end }: IncomingBatch): Promise<BatchResult> {
    await this.box.keep(messages.map((message) => letterOf({ partition, identity }, message)));
    return { next: end };
  }
}

function noteOf(message: RawMessage): ParkedHeader | null {
  try {
    return ParkedHeader.parse(decodeForeignJson(Buffer.from(headerOf(message.headers, PARKED_HEADER) ?? '')));
  } catch {
    return null;
  }
}

/** The message as it was before it was parked. One that nobody of us put there is kept as what it is. */
function letterOf(
  { partition, identity }: Pick<IncomingBatch, 'partition' | 'identity'>,
  message: RawMessage,
): RejectedMessage & { readonly id: string } {
  const { key, value, headers, timestamp } = message;
  const note = noteOf(message);
  const own = rawHeaders(headers).filter(({ name }) => note === null || name !== PARKED_HEADER);
  if (note === null)
    return {
      id: randomUUID(),
      reason: message.undecodable === undefined ? 'contract' : 'undecodable',
      field: null,
      detail: message.undecodable ?? `expected the header ${PARKED_HEADER}, which says why the message is here`,
      topic: 'events.dead-letter',
      partition,
      identity,
      offset: BigInt(message.offset),
      key,
      value,
      headers: own,
      receivedAt: new Date(Number(timestamp) || Date.now()),
    };
  return {
    id: note.id,
    reason: note.reason,
    field: note.field,
    detail: note.detail,
    topic: note.source.topic,
    partition: note.source.partition,
    identity: note.source.identity ?? null,
    offset: BigInt(note.source.offset),
    key,
    value,
    headers: own,
    receivedAt: new Date(note.parked_at),
    consumer: note.consumer,
    stack: note.stack,
  };
}
