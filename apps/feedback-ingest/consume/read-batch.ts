import { setImmediate } from 'node:timers/promises';
import { classifyFailure } from '#domain/failures/classify';
import { givenId } from '#domain/feedback/event-id';
import { assertObject, decodeObject, FEEDBACK_LIMITS } from '#domain/feedback/message';
import { readPrediction } from '#domain/feedback/prediction';
import { readFeedback } from '#domain/feedback/read';
import type { Reading } from '#domain/feedback/reading';
import { type Fields, Rejected } from '#domain/feedback/record';
import { ForeignJsonError } from '#domain/foreign/json';
import type { TopicIdentity } from '#domain/streams/position';
import { type EventAttributes, headerAttributes, isStructured, openStructured } from '#kafka/cloud-event';
import { eventId, type RawMessage, rawHeaders } from '#kafka/message';
import { tracing } from '#platform/tracing/tracing';
import type { PlainMessages } from '../plain/plain-messages.js';
import type { Receipt } from '../plain/plain-outcomes.js';
import type { RejectedMessage } from '../storage/dead-letters.js';
import { EventRows, PredictionRows, type RecordRows } from '../storage/rows.js';
import type { FeedbackBatch } from '../storage/store.js';

/** Topics that feedback comes from. */
export const FEEDBACK_TOPICS = ['automation.outcomes', 'shadow.outcomes', 'predictions'] as const;
export type FeedbackTopic = (typeof FEEDBACK_TOPICS)[number];

export const isFeedbackTopic = (topic: string): topic is FeedbackTopic =>
  FEEDBACK_TOPICS.some((name) => name === topic);

export interface MessageSource {
  readonly topic: FeedbackTopic;
  readonly partition: number;
  readonly identity: TopicIdentity;
  /** Of the last of its messages. */
  readonly leaderEpoch: number | null;
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
const READ_AT_ONCE = 512;
/** Bytes of a row beside what its message says. */
const ROW_OVERHEAD = 100;

/** When Kafka got the message: better than the present after an outage, if the producer's clock makes sense. */
function receivedAt(message: RawMessage, now: number): number {
  const stamp = Number(message.timestamp);
  return stamp > EARLIEST && stamp <= now + DAY ? stamp : now;
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
    identity: source.identity,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: rawHeaders(message.headers),
    receivedAt: new Date(now),
  };
}

/** The event of a message. Throws Rejected or ForeignJsonError. */
function openMessage({ headers, value, undecodable }: RawMessage): { fields: Fields; attributes: EventAttributes } {
  if (undecodable !== undefined) throw new Rejected('undecodable', null, undecodable);
  if (value === null || !isStructured(headers))
    return { fields: decodeObject(value), attributes: headerAttributes(headers) };
  const { json, attributes } = openStructured(value, FEEDBACK_LIMITS);
  return { fields: assertObject(json), attributes };
}

/** Adds a message that is plain, and gives the reader that knows what it was; null for any other, which is to be read the exact way. */
function addPlain(
  { topic }: MessageSource,
  { headers, value, undecodable }: RawMessage,
  plain: PlainMessages,
  { rows }: RecordRows,
  receipt: Receipt,
): { readonly predictionId: string | null; readonly model: string } | null {
  if (topic === 'shadow.outcomes' || value === null || undecodable !== undefined || isStructured(headers)) return null;
  if (topic === 'predictions') return plain.predictions.add(value, receipt, rows) ? plain.predictions : null;
  const { id, source } = headerAttributes(headers);
  const given = id === null ? null : givenId(topic, source, id);
  return plain.outcomes.add(value, receipt, rows, given) ? plain.outcomes : null;
}

/** Every complaint about a message's content; what nobody foresaw is one, too, or it would come back for ever. */
function complaintOf(error: unknown): Pick<Rejected, 'reason' | 'field' | 'detail'> {
  if (error instanceof Rejected) return error;
  if (error instanceof ForeignJsonError) return { reason: error.problem, field: error.field, detail: error.message };
  if (classifyFailure(error) === 'temporary') throw error;
  return {
    reason: 'failed',
    field: null,
    detail: error instanceof Error ? `${error.name}: ${error.message}` : 'failed',
  };
}

/** Reads raw messages of one partition: each becomes a row or a rejection. Never throws for content. */
export async function readBatch(
  source: MessageSource,
  messages: readonly RawMessage[],
  plain: PlainMessages,
  now: number,
  onFeature?: Reading['onFeature'],
): Promise<ReadBatch> {
  // Rows are about as long as the messages they were read from.
  const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0) + ROW_OVERHEAD, 0);
  const records = source.topic === 'predictions' ? new PredictionRows(bytes) : new EventRows(bytes);
  const rejected: RejectedMessage[] = [];
  const origins: RawMessage[] = [];
  const traces = tracing();
  const traced: TracedRecord[] = [];
  const trace = (predictionId: string | null, model: string, traceparent: string | null): void => {
    if (traces === null || predictionId === null || !traces.isRecorded(predictionId)) return;
    // Serving gives none to what a shadow would have said.
    if (traceparent !== null || source.topic !== 'predictions') traced.push({ predictionId, model, traceparent });
  };
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i];
    if (message === undefined) break;
    if (i % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
    const received = receivedAt(message, now) * 1000;
    // A microsecond apart, so that the order of receipt is kept.
    const storedAt = now * 1000 + records.rows.count;
    try {
      const reader = addPlain(source, message, plain, records, { receivedAt: received, storedAt, now: now * 1000 });
      if (reader !== null) {
        origins.push(message);
        if (traces !== null) trace(reader.predictionId, reader.model, headerAttributes(message.headers).traceparent);
        continue;
      }
      const { fields, attributes } = openMessage(message);
      const id = source.topic === 'predictions' ? '' : eventId(source.topic, attributes, message.value);
      const { rules } = plain;
      const reading: Reading = { eventId: id, rules, receivedAt: received, now: now * 1000, onFeature };
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
      trace(record.predictionId, record.model, attributes.traceparent);
    } catch (error) {
      rejected.push(rejectedMessage(source, message, complaintOf(error), now));
    }
  }
  return { records, rejected, origins, traced };
}
