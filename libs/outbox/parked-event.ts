import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS_VERSION } from '#contracts/cloud-events';
import { TOPICS, type Topic } from '#contracts/topics';
import type { Complaint } from '#kafka/consume/parking';
import { keyOf } from '#kafka/keys';
import type { OutboxRow } from './outbox-row.js';

/** No partition has these numbers: each outbox counts for itself, and what is parked is known by where it came from. */
const PLACES: Readonly<Record<string, number>> = { registry: -1, training: -2, evaluation: -3, feedback: -4 };

export const isTopic = (name: string): name is Topic => Object.hasOwn(TOPICS, name);

/** An event of the outbox as the message it would have been. */
export function parkedEvent(schema: string, row: OutboxRow, error: unknown): Complaint {
  const { topic, id, event, seq, traceparent, created_at } = row;
  const parsed = isTopic(topic) ? TOPICS[topic].schema.safeParse(event) : null;
  const key = isTopic(topic) && parsed?.success ? keyOf(topic, parsed.data) : null;
  return {
    topic,
    partition: PLACES[schema] ?? -9,
    identity: null,
    message: {
      offset: seq,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(JSON.stringify(event)),
      headers: {
        [CLOUD_EVENT_HEADERS.specVersion]: CLOUD_EVENTS_VERSION,
        [CLOUD_EVENT_HEADERS.id]: id,
        [CLOUD_EVENT_HEADERS.type]: topic,
        [CLOUD_EVENT_HEADERS.source]: `ratchet/${schema}`,
        [CLOUD_EVENT_HEADERS.time]: created_at.toISOString(),
        [CLOUD_EVENT_HEADERS.contentType]: 'application/json',
        ...(traceparent === null ? {} : { [CLOUD_EVENT_HEADERS.traceparent]: traceparent }),
      },
      timestamp: String(created_at.getTime()),
    },
    reason: 'failed',
    field: null,
    detail: `it can never be published: ${error instanceof Error ? error.message : String(error)}`,
    error,
  };
}
