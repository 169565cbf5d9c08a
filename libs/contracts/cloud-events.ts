/** CloudEvents 1.0, Kafka protocol binding, binary content mode: attributes travel as headers. */
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
