import type { Logger } from '../logging.js';
import type { SpanRecord, SpanSink } from './span.js';
import { isRecorded, parseTraceparent, type SpanRef, spanOf, traceparentOf } from './trace-ids.js';

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
