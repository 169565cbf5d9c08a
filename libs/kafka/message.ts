import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import { storableText } from '#domain/audit/canonical-json';
import { contentId, givenId } from '#domain/feedback/event-id';
import { decodeForeignJson, ForeignJsonError } from '#domain/foreign/json';
import { type EventAttributes, headerAttributes, isStructured, openStructured } from './cloud-event.js';
import type { RawMessage } from './message-headers.js';

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
  readonly problem: 'tombstone' | 'not-json' | 'invalid' | 'undecodable';
  readonly field: string | null;
  /** What was expected instead. */
  readonly detail: string;
}

/** The producer's id, or one derived from the content where it gave none. */
export function eventId(topic: string, { id, source }: EventAttributes, value: Buffer | null): string {
  return id === null ? contentId(topic, value ?? Buffer.alloc(0)) : givenId(topic, source, id);
}

function timeOf(text: string | null): Date | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time);
}

/** Texts end up in Postgres, and neither keys nor headers nor a parser's quotation need be such as it stores. */
const storable = (text: string | null): string | null => (text === null ? null : storableText(text));

/** Decodes and validates a message against its topic's contract. */
export function decodeMessage<T extends Topic>(
  topic: T,
  partition: number,
  message: RawMessage,
): IncomingEvent<T> | InvalidEvent {
  const { headers, value, offset } = message;
  let attributes = headerAttributes(headers);
  const position = () => ({
    topic,
    partition,
    offset,
    key: storable(message.key?.toString() ?? null),
    id: eventId(topic, attributes, value),
  });
  const invalid = (problem: InvalidEvent['problem'], field: string | null, detail: string): InvalidEvent => ({
    kind: 'invalid',
    ...position(),
    raw: value,
    problem,
    field: storable(field),
    detail: storableText(detail),
  });
  if (message.undecodable !== undefined) return invalid('undecodable', null, message.undecodable);
  if (value === null) return invalid('tombstone', null, 'the message has no value');
  let json: unknown;
  try {
    if (isStructured(headers)) ({ attributes, json } = openStructured(value));
    else json = decodeForeignJson(value);
  } catch (error) {
    if (!(error instanceof ForeignJsonError)) throw error;
    const problem = error.problem === 'not-json' || error.problem === 'not-utf8' ? 'not-json' : 'invalid';
    return invalid(problem, error.field, error.message);
  }
  const result = TOPICS[topic].schema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    return invalid('invalid', issue?.path.map(String).join('.') || null, issue?.message ?? 'does not fit the contract');
  }
  return {
    kind: 'event',
    ...position(),
    time: timeOf(attributes.time),
    source: storable(attributes.source),
    traceparent: storable(attributes.traceparent),
    // The schema of TOPICS[topic] made it, but TypeScript cannot see through the index.
    value: result.data as EventOf<T>,
  };
}

export { headerOf, joinHeaders, type RawHeader, type RawMessage, rawHeaders } from './message-headers.js';
