import { createServer, type Server } from 'node:http';
import { z } from 'zod';

const Value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.number(), z.string()]).optional(),
});
const Attributes = z.array(z.object({ key: z.string(), value: Value })).default([]);
const Id = z.string().regex(/^[0-9a-f]+$/);
const Request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.looseObject({
              traceId: Id.length(32),
              spanId: Id.length(16),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.int(),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: Attributes,
              links: z.array(z.looseObject({ traceId: Id.length(32), spanId: Id.length(16) })).default([]),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface ReceivedSpan {
  readonly service: string;
  readonly instance: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly nanoseconds: bigint;
}

/** Receives traces as a collector does: OTLP/HTTP with JSON. Refuses, and so loses, what is not in that format. */
export class OtlpCollector {
  readonly spans: ReceivedSpan[] = [];
  private readonly traces = new Map<string, ReceivedSpan[]>();
  /** What was refused, for a message. */
  readonly refused: string[] = [];

  private constructor(
    private readonly server: Server,
    /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
    readonly url: string,
  ) {}

  static async start(): Promise<OtlpCollector> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    const collector = new OtlpCollector(server, `http://127.0.0.1:${address.port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const problem = request.url === '/v1/traces' ? collector.take(Buffer.concat(chunks)) : `asked ${request.url}`;
        if (problem !== null) collector.refused.push(problem);
        response.writeHead(problem === null ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
      });
    });
    return collector;
  }

  private take(body: Buffer): string | null {
    try {
      for (const { resource, scopeSpans } of Request.parse(JSON.parse(body.toString('utf8'))).resourceSpans)
        for (const span of scopeSpans.flatMap(({ spans }) => spans))
          this.keep({
            service: textOf(resource.attributes, 'service.name'),
            instance: textOf(resource.attributes, 'service.instance.id'),
            name: span.name,
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId || null,
            links: span.links.map(({ traceId }) => traceId),
            attributes: Object.fromEntries(span.attributes.map(({ key }) => [key, textOf(span.attributes, key)])),
            nanoseconds: BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano),
          });
      return null;
    } catch (error) {
      return String(error);
    }
  }

  private keep(span: ReceivedSpan): void {
    this.spans.push(span);
    const trace = this.traces.get(span.traceId);
    if (trace) trace.push(span);
    else this.traces.set(span.traceId, [span]);
  }

  /** What was received for the thing with this id. */
  traceOf(id: string): ReceivedSpan[] {
    return this.traces.get(id.replaceAll('-', '').toLowerCase()) ?? [];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function textOf(attributes: z.infer<typeof Attributes>, key: string): string {
  const value = attributes.find((attribute) => attribute.key === key)?.value;
  return String(value?.stringValue ?? value?.intValue ?? '');
}
