import { hostname } from 'node:os';
import { DiagLogLevel, diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../logging.js';
import { RELEASE } from '../release.js';
import type { SpanSink } from './span.js';
import type { SpanRef } from './trace-ids.js';

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const;

/** Random ids, but for the next span those it was told. */
class Ids implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  next: SpanRef | null = null;

  generateTraceId = (): string => this.next?.traceId ?? this.random.generateTraceId();
  generateSpanId = (): string => this.next?.spanId ?? this.random.generateSpanId();
}

const contextOf = ({ traceId, spanId }: SpanRef) => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
});

/** Seconds and nanoseconds, which keep the microseconds. */
const hrTime = (ms: number): [number, number] => [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1e6)];

/** Sends spans by OTLP over HTTP, in batches; the exporter reads its address, headers and time-outs from OTEL_* itself. */
export function openTelemetrySink(service: string, instance: string | undefined, logger: Logger): SpanSink {
  const say = (message: string): void => logger.warn({ opentelemetry: message }, 'traces could not be sent');
  const ignore = (): void => undefined;
  diag.setLogger({ error: say, warn: say, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  const ids = new Ids();
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    resource: resourceFromAttributes({
      'service.name': service,
      'service.namespace': 'ratchet',
      'service.version': RELEASE,
      'service.instance.id': instance || `${hostname()}:${process.pid}`,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1000 })],
  });
  const tracer = provider.getTracer('ratchet', RELEASE);
  return {
    emit({ name, kind, from, to, attributes, failure }, own, parent, links) {
      ids.next = own;
      const span = tracer.startSpan(
        name,
        {
          kind: KINDS[kind],
          startTime: hrTime(from),
          attributes: { ...attributes },
          links: links.map((ref) => ({ context: contextOf(ref) })),
          root: parent === null,
        },
        parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)),
      );
      ids.next = null;
      if (failure) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end(hrTime(to));
    },
    close: () => provider.shutdown(),
  };
}
