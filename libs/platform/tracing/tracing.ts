import type { Logger } from '../logging.js';
import { isRecorded, parseTraceparent, type SpanRef, spanOf, traceparentOf } from './trace-ids.js';

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

/** Traces of this process, where tracing is on. */
export class Tracing {
  constructor(
    private readonly sink: SpanSink,
    private readonly share: number,
  ) {}

  /** The span of a thing, if its trace is recorded. */
  private recorded(id: string): SpanRef | null {
    const ref = spanOf(id);
    return ref !== null && isRecorded(ref.traceId, this.share) ? ref : null;
  }

  isRecorded(id: string): boolean {
    return this.recorded(id) !== null;
  }

  /** `traceparent` for a message about the thing; undefined if its trace is not recorded. */
  traceparent(id: string): string | undefined {
    const ref = this.recorded(id);
    return ref === null ? undefined : traceparentOf(ref);
  }

  record(span: SpanRecord): void {
    const ref = this.recorded(span.of);
    const caller = parseTraceparent(span.caller);
    const links = (span.links ?? []).flatMap((id) => this.recorded(id) ?? []);
    if (ref !== null) {
      const callers = caller === null || caller.traceId === ref.traceId ? [] : [caller];
      const [own, parent] = span.isItself ? [ref, null] : [null, ref];
      this.sink.emit(span, own, parent, [...links, ...callers]);
    }
    // Somebody who asked within a trace of their own finds the answer there.
    if (span.isItself && caller?.sampled) this.sink.emit(span, null, caller, ref === null ? links : [...links, ref]);
  }

  close(): Promise<void> {
    return this.sink.close();
  }
}

let current: Tracing | null = null;

/** Null unless tracing is on: what a hot path asks before it does anything for a trace. */
export const tracing = (): Tracing | null => current;

/** The present in milliseconds since 1970, to the microsecond. */
export const preciseNow = (): number => performance.timeOrigin + performance.now();

/**
 * Turns tracing on if OTEL_EXPORTER_OTLP_ENDPOINT says where spans go; else nothing of
 * OpenTelemetry is even loaded. OTEL_TRACES_SAMPLER_ARG is the share of traces that is recorded.
 */
export async function startTracing(
  service: string,
  logger: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT) return;
  const share = env.OTEL_TRACES_SAMPLER_ARG ? Number(env.OTEL_TRACES_SAMPLER_ARG) : 1;
  const { openTelemetrySink } = await import('./opentelemetry.js');
  current = new Tracing(openTelemetrySink(service, env.INSTANCE_ID, logger), share);
  logger.info({ share }, 'traces are sent');
}

/** A collector that does not answer must not hold up a stop for longer than this. */
const LAST_SEND_MS = 3000;

/** Sends what is recorded, and ends. */
export async function stopTracing(): Promise<void> {
  const ending = current;
  current = null;
  if (ending === null) return;
  const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_SEND_MS).unref());
  await Promise.race([ending.close().catch(() => undefined), patience]);
}
