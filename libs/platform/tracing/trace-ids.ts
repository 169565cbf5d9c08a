import { isUuid } from '#domain/feedback/event-id';

/** Where a span is: 32 and 16 hexadecimal digits. */
export interface SpanRef {
  readonly traceId: string;
  readonly spanId: string;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/**
 * The span that stands for a decision, a training run or a deployment: its UUID is the trace id, and the second half of
 * it the id of the first span. So whoever knows the id of a thing can add to its trace, hours later and without anything
 * having been handed on. Null for what is no UUID.
 */
export function spanOf(id: string): SpanRef | null {
  if (!isUuid(id)) return null;
  const traceId = id.replaceAll('-', '').toLowerCase();
  const spanId = traceId.slice(16);
  return /^0+$/.test(spanId) ? null : { traceId, spanId };
}

/** The caller's span out of a W3C `traceparent`, and whether the caller records it; null for none or a broken one. */
export function parseTraceparent(header: string | null | undefined): (SpanRef & { sampled: boolean }) | null {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(header ?? '') ?? [];
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** W3C `traceparent` of a span that is recorded. */
export const traceparentOf = ({ traceId, spanId }: SpanRef): string => `00-${traceId}-${spanId}-01`;

/** Whether a trace is among the `share` (0 to 1) that is recorded. The same answer in every service. */
export function isRecorded(traceId: string, share: number): boolean {
  return Number.parseInt(traceId.slice(0, 8), 16) < share * 2 ** 32;
}
