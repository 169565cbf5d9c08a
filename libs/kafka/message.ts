import { CLOUD_EVENT_HEADERS } from '#contracts/cloud-events';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { contentId, givenId } from '#domain/feedback/event-id';

/** A message as it came off the wire. */
export interface RawMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  /** Milliseconds since 1970, as the broker or the producer put it. */
  readonly timestamp: string;
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  /** The CloudEvents id; for a producer that sends none, a UUIDv5 of topic and value, so that a resend is recognised. */
  readonly id: string;
}

export interface IncomingEvent<T extends Topic = Topic> extends Position {
  readonly kind: 'event';
  readonly time: Date | null;
  readonly source: string | null;
  readonly traceparent: string | null;
  readonly value: EventOf<T>;
}

export interface InvalidEvent extends Position {
  readonly kind: 'invalid';
  readonly raw: Buffer | null;
  readonly problem: 'tombstone' | 'not-json' | 'invalid';
  readonly field: string | null;
  /** What was expected instead. */
  readonly detail: string;
}

export function headerOf(headers: RawMessage['headers'], name: string): string | null {
  const value = headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? null : first.toString();
}

/** The producer's id, or one derived from the content where it gave none. */
export function eventId(topic: string, headers: RawMessage['headers'], value: Buffer | null): string {
  const given = headerOf(headers, CLOUD_EVENT_HEADERS.id);
  if (given === null || given === '') return contentId(topic, value ?? Buffer.alloc(0));
  return givenId(topic, headerOf(headers, CLOUD_EVENT_HEADERS.source), given);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(value: Buffer): { ok: true; json: unknown } | { ok: false; detail: string } {
  try {
    return { ok: true, json: JSON.parse(utf8.decode(value)) };
  } catch (error) {
    return { ok: false, detail: `expected JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function timeOf(header: string | null): Date | null {
  const time = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : new Date(time);
}

/** Decodes and validates a message against its topic's contract. */
export function decodeMessage<T extends Topic>(
  topic: T,
  partition: number,
  message: RawMessage,
): IncomingEvent<T> | InvalidEvent {
  const { headers, value, offset } = message;
  const position = {
    topic,
    partition,
    offset,
    key: message.key?.toString() ?? null,
    id: eventId(topic, headers, value),
  };
  const invalid = (problem: InvalidEvent['problem'], field: string | null, detail: string): InvalidEvent => ({
    kind: 'invalid',
    ...position,
    raw: value,
    problem,
    field,
    detail,
  });
  if (value === null) return invalid('tombstone', null, 'the message has no value');
  const parsed = parseJson(value);
  if (!parsed.ok) return invalid('not-json', null, parsed.detail);
  const result = TOPICS[topic].schema.safeParse(parsed.json);
  if (!result.success) {
    const issue = result.error.issues[0];
    return invalid('invalid', issue?.path.map(String).join('.') || null, issue?.message ?? 'does not fit the contract');
  }
  return {
    kind: 'event',
    ...position,
    time: timeOf(headerOf(headers, CLOUD_EVENT_HEADERS.time)),
    source: headerOf(headers, CLOUD_EVENT_HEADERS.source),
    traceparent: headerOf(headers, CLOUD_EVENT_HEADERS.traceparent),
    // The schema of TOPICS[topic] made it, but TypeScript cannot see through the index.
    value: result.data as EventOf<T>,
  };
}
