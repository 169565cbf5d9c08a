import { setImmediate } from 'node:timers/promises';
import type { RejectedMessage } from '#database/feedback/dead-letters';
import { EventRows, PredictionRows } from '#database/feedback/rows';
import type { FeedbackBatch } from '#database/feedback/store';
import { contentId, givenId } from '#domain/feedback/event-id';
import { decodeObject } from '#domain/feedback/message';
import { readPrediction } from '#domain/feedback/prediction';
import { readFeedback } from '#domain/feedback/read';
import type { Reading } from '#domain/feedback/reading';
import { Rejected } from '#domain/feedback/record';
import type { FeedbackRules } from '#domain/feedback/rules';
import { headerOf, type RawMessage } from '#kafka/message';
import { tracing } from '#platform/tracing/tracing';

/** Topics that feedback comes from. */
export type FeedbackTopic = 'automation.outcomes' | 'shadow.outcomes' | 'predictions';

export interface MessageSource {
  readonly topic: FeedbackTopic;
  readonly partition: number;
}

export interface ReadBatch extends FeedbackBatch {
  /** The message that each record was read from, in their order. */
  readonly origins: readonly RawMessage[];
  /** Decisions that records tell of, with the `traceparent` of their messages; only of those whose trace is recorded. */
  readonly traced: readonly TracedRecord[];
}

export interface TracedRecord {
  readonly predictionId: string;
  readonly model: string;
  readonly traceparent: string | null;
}

const EARLIEST = Date.UTC(2000, 0, 1);
const DAY = 86_400_000;
/** After so many messages, Postgres's answers for other batches get their turn; about a millisecond. */
const READ_AT_ONCE = 256;
/** Bytes of a row beside what its message says. */
const ROW_OVERHEAD = 100;

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

/** Reads raw messages of one partition: each becomes a row or a rejection. Never throws for content. */
export async function readBatch(
  source: MessageSource,
  messages: readonly RawMessage[],
  rules: FeedbackRules,
  now: number,
): Promise<ReadBatch> {
  // Rows are about as long as the messages they were read from.
  const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0) + ROW_OVERHEAD, 0);
  const records = source.topic === 'predictions' ? new PredictionRows(bytes) : new EventRows(bytes);
  const rejected: RejectedMessage[] = [];
  const origins: RawMessage[] = [];
  const traces = tracing();
  const traced: TracedRecord[] = [];
  for (const [i, message] of messages.entries()) {
    if (i % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
    try {
      const fields = decodeObject(message.value);
      // A microsecond apart, so that the order of receipt is kept.
      const storedAt = now * 1000 + records.ids.length;
      const eventId = source.topic === 'predictions' ? '' : eventIdOf(source.topic, message);
      const reading: Reading = { eventId, rules, receivedAt: receivedAt(message, now) * 1000, now: now * 1000 };
      let record: { readonly predictionId: string | null; readonly model: string };
      if (records instanceof PredictionRows) {
        const prediction = readPrediction(fields, reading);
        records.add(prediction, storedAt);
        record = prediction;
      } else {
        const event = readFeedback(source.topic === 'shadow.outcomes' ? 'shadow' : 'automation', fields, reading);
        records.add(event, storedAt);
        record = event;
      }
      origins.push(message);
      const { predictionId, model } = record;
      if (traces !== null && predictionId !== null && traces.isRecorded(predictionId)) {
        const traceparent = headerOf(message.headers, 'traceparent');
        // Serving gives none to what a shadow would have said.
        if (traceparent !== null || source.topic !== 'predictions') traced.push({ predictionId, model, traceparent });
      }
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      rejected.push(rejectedMessage(source, message, error, now));
    }
  }
  return { records, rejected, origins, traced };
}
