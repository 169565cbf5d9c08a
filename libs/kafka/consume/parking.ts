import { randomUUID } from 'node:crypto';
import { Counter } from 'prom-client';
import { RejectionReason } from '#contracts/events/feedback';
import { PARKED_HEADER, type ParkedHeader } from '#contracts/parked-message';
import { classifyFailure } from '#domain/failures/classify';
import type { TopicIdentity } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import type { RawMessage } from '../message-headers.js';
import type { RawProducer } from '../produce/raw-producer.js';

const parked = new Counter({
  name: 'ratchet_messages_parked_total',
  help: 'Kafka messages that could not be handled for good and were parked on events.dead-letter.',
  labelNames: ['topic', 'reason'],
});

export interface Complaint {
  readonly topic: string;
  readonly partition: number;
  /** Which topic of that name it was, where that is known. */
  readonly identity: TopicIdentity | null;
  readonly message: RawMessage;
  readonly reason: RejectionReason;
  readonly field: string | null;
  readonly detail: string;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

/** Begins to count at 0: an increase from nothing to 1 is none for Prometheus. */
export function countParked(topics: readonly string[]): void {
  for (const topic of topics) for (const reason of RejectionReason.options) parked.inc({ topic, reason }, 0);
}

const DEAD_LETTERS = 'events.dead-letter';
const LONGEST_DETAIL = 2_000;
const LONGEST_STACK = 8_000;
/** Of a message that no broker takes with our header beside it. */
const CUT_AFTER = 512 * 1024;
/** A reader that starts from the beginning again tells of what it has told of once. */
const REMEMBERED = 10_000;

/** Puts messages aside that nobody can handle: as they are, with what happened in one more header. */
export class Parking {
  private readonly told = new Set<string>();

  constructor(
    private readonly consumer: string,
    private readonly producer: RawProducer,
    private readonly logger: Logger,
  ) {}

  /** Resolves when all in-sync replicas have it. Rejects while Kafka is away; the message must not be passed then. */
  async park(complaint: Complaint): Promise<void> {
    const { topic, partition, identity, message, reason, field, detail, error } = complaint;
    const place = `${identity}/${topic}/${partition}/${message.offset}`;
    if (this.told.has(place)) return;
    const note: ParkedHeader = {
      id: randomUUID(),
      reason,
      field,
      detail: detail.slice(0, LONGEST_DETAIL),
      source: { topic, partition, offset: message.offset, ...(identity === null ? {} : { identity }) },
      consumer: this.consumer,
      stack: error instanceof Error ? (error.stack ?? error.message).slice(0, LONGEST_STACK) : null,
      value_bytes: message.value?.length ?? 0,
      parked_at: new Date().toISOString(),
    };
    await this.send(note, message);
    if (this.told.size >= REMEMBERED) this.told.clear();
    this.told.add(place);
    parked.inc({ topic, reason });
    this.logger.error(
      {
        err: error,
        topic,
        partition,
        offset: message.offset,
        dead_letter: note.id,
        reason,
        field,
        detail: note.detail,
      },
      'message parked: it cannot be handled',
    );
  }

  private async send(note: ParkedHeader, message: RawMessage): Promise<void> {
    const { key, value } = message;
    const ours = { [PARKED_HEADER]: JSON.stringify(note) };
    try {
      await this.producer.send(DEAD_LETTERS, [{ key, value, headers: { ...message.headers, ...ours } }]);
    } catch (error) {
      if (classifyFailure(error) === 'temporary') throw error;
      // Larger than the broker takes: as much as fits, and the note says how much there was.
      const cut = value?.subarray(0, CUT_AFTER) ?? null;
      await this.producer.send(DEAD_LETTERS, [{ key: null, value: cut, headers: ours }]);
    }
  }
}
