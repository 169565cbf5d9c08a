import type { SpanRef } from './trace-ids.js';

/** A piece of work that has ended. */
export interface SpanRecord {
  readonly name: string;
  readonly kind: 'server' | 'producer' | 'consumer' | 'internal';
  /** UUID of what it was done for: a prediction, a training run, a deployment. Its trace is where the span belongs. */
  readonly of: string;
  /** True for the one span that stands for the thing itself; the others are below it. */
  readonly isItself?: boolean;
  /** `traceparent` that came with the request or message, if any: the caller's trace and this one point to each other. */
  readonly caller?: string | null | undefined;
  /** UUIDs of other things it goes back to. */
  readonly links?: readonly string[];
  /** Milliseconds since 1970, with fractions. */
  readonly from: number;
  readonly to: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failure?: string | null;
}

/** Hands spans to whatever sends them away. */
export interface SpanSink {
  /** @param own the ids this span must have; new ones if null */
  emit(span: SpanRecord, own: SpanRef | null, parent: SpanRef | null, links: readonly SpanRef[]): void;
  close(): Promise<void>;
}
