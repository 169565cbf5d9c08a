import type { RejectedMessage } from '#database/feedback/dead-letters';
import type { FeedbackBatch } from '#database/feedback/store';
import { contentId, givenId } from '#domain/feedback/event-id';
import { decodeObject } from '#domain/feedback/message';
import { readPrediction } from '#domain/feedback/prediction';
import { readFeedback } from '#domain/feedback/read';
import type { Reading } from '#domain/feedback/reading';
import { type FeedbackRecord, type PredictionRecord, Rejected } from '#domain/feedback/record';
import type { FeedbackRules } from '#domain/feedback/rules';
import { headerOf, type RawMessage } from '#kafka/message';

/** Topics that feedback comes from. */
export type FeedbackTopic = 'automation.outcomes' | 'shadow.outcomes' | 'predictions';

export interface MessageSource {
  readonly topic: FeedbackTopic;
  readonly partition: number;
}

export interface ReadBatch extends FeedbackBatch {
  /** The message that each event, or each prediction, was read from, in their order. */
  readonly origins: readonly RawMessage[];
}

const EARLIEST = Date.UTC(2000, 0, 1);
const DAY = 86_400_000;

/** When Kafka got the message: better than the present after an outage, if the producer's clock makes sense. */
function receivedAt(message: RawMessage, now: number): number {
  const stamp = Number(message.timestamp);
  return stamp > EARLIEST && stamp <= now + DAY ? stamp : now;
}

function headersOf(message: RawMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(message.headers)) {
    const value = headerOf(message.headers, name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

/** A message that is not taken, with the reason. */
export function rejectedMessage(
  source: MessageSource,
  message: RawMessage,
  { reason, field, detail }: Pick<Rejected, 'reason' | 'field' | 'detail'>,
  now: number,
): RejectedMessage {
  return {
    reason,
    field,
    detail,
    topic: source.topic,
    partition: source.partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: headersOf(message),
    receivedAt: new Date(now),
  };
}

function eventIdOf(topic: FeedbackTopic, message: RawMessage): string {
  const given = headerOf(message.headers, 'ce_id');
  return given === null || given === ''
    ? contentId(topic, message.value ?? Buffer.alloc(0))
    : givenId(topic, headerOf(message.headers, 'ce_source'), given);
}

/** Reads raw messages of one partition: each becomes an event, a prediction or a rejection. Never throws for content. */
export function readBatch(
  source: MessageSource,
  messages: readonly RawMessage[],
  rules: FeedbackRules,
  now: number,
): ReadBatch {
  const events: FeedbackRecord[] = [];
  const predictions: PredictionRecord[] = [];
  const rejected: RejectedMessage[] = [];
  const origins: RawMessage[] = [];
  for (const message of messages) {
    try {
      const fields = decodeObject(message.value);
      const eventId = source.topic === 'predictions' ? '' : eventIdOf(source.topic, message);
      const reading: Reading = { eventId, rules, receivedAt: receivedAt(message, now) * 1000, now: now * 1000 };
      if (source.topic === 'predictions') {
        predictions.push(readPrediction(fields, reading));
      } else {
        events.push(readFeedback(source.topic === 'shadow.outcomes' ? 'shadow' : 'automation', fields, reading));
      }
      origins.push(message);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      rejected.push(rejectedMessage(source, message, error, now));
    }
  }
  return { events, predictions, rejected, receivedAt: now * 1000, origins };
}
