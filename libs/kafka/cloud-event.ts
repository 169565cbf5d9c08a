import { CLOUD_EVENT_HEADERS, STRUCTURED_CLOUD_EVENT } from '#contracts/cloud-events';
import { decodeForeignJson, ForeignJsonError } from '#domain/foreign/json';
import type { JsonLimits } from '#domain/foreign/json-limits';
import { headerOf, type RawMessage } from './message-headers.js';

/** What a message says about the event it brings; null where it does not. */
export interface EventAttributes {
  readonly id: string | null;
  readonly source: string | null;
  readonly time: string | null;
  readonly traceparent: string | null;
}

/** A message with its event taken out. */
export interface OpenedMessage {
  readonly attributes: EventAttributes;
  readonly json: unknown;
}

/** Whether the value holds the event's attributes as well (CloudEvents' structured content mode); else the headers do. */
export function isStructured(headers: RawMessage['headers']): boolean {
  return headerOf(headers, CLOUD_EVENT_HEADERS.contentType)?.toLowerCase().startsWith(STRUCTURED_CLOUD_EVENT) ?? false;
}

export const headerAttributes = (headers: RawMessage['headers']): EventAttributes => ({
  id: headerOf(headers, CLOUD_EVENT_HEADERS.id) || null,
  source: headerOf(headers, CLOUD_EVENT_HEADERS.source),
  time: headerOf(headers, CLOUD_EVENT_HEADERS.time),
  traceparent: headerOf(headers, CLOUD_EVENT_HEADERS.traceparent),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/**
 * Takes the event out of a structured message: `{"specversion":"1.0","id":…,"source":…,"type":…,"data":{…}}`, or with
 * `data_base64`. Throws {@link ForeignJsonError}.
 */
export function openStructured(value: Buffer, limits?: JsonLimits): OpenedMessage {
  const event = decodeForeignJson(value, limits);
  if (!isObject(event) || typeof event.specversion !== 'string' || textOf(event.id) === null)
    throw new ForeignJsonError(
      'not-json',
      null,
      'expected a CloudEvent with specversion, id, source, type and data, as its content-type says',
    );
  const { data, data_base64: packed } = event;
  return {
    attributes: {
      id: textOf(event.id),
      source: textOf(event.source),
      time: textOf(event.time),
      traceparent: textOf(event.traceparent),
    },
    json: typeof packed === 'string' ? decodeForeignJson(Buffer.from(packed, 'base64'), limits) : data,
  };
}
