/** CloudEvents 1.0, Kafka protocol binding, binary content mode: attributes travel as headers. We write it, and read the structured mode too. */
export const CLOUD_EVENT_HEADERS = {
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  specVersion: 'ce_specversion',
  contentType: 'content-type',
  traceparent: 'traceparent',
} as const;

export const CLOUD_EVENTS_VERSION = '1.0';

/** The content type of a message whose value holds attributes and data together: structured content mode. */
export const STRUCTURED_CLOUD_EVENT = 'application/cloudevents+json';
