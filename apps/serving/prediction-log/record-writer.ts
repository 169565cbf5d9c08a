import { CLOUD_EVENT_HEADERS, CLOUD_EVENTS_VERSION } from '#contracts/cloud-events';
import { putVarint, RecordBytes } from '#kafka/records/record-bytes';
import type { RingWriter } from './ring.js';

/** One prediction on its way to Kafka. */
export interface LoggedPrediction {
  readonly id: string;
  readonly taskId: string;
  /** When it was made, as in the value: 24 characters. */
  readonly at: string;
  /** The value of the message: JSON of a Prediction. */
  readonly text: string;
  /** W3C trace context, where its trace is recorded. */
  readonly traceparent?: string | undefined;
}

/** Characters take at most so many bytes each. */
const BYTES_A_CHARACTER = 3;
const VARINT_BYTES = 5;

const ID = '00000000-0000-0000-0000-000000000000';
const TIME = '2000-01-01T00:00:00.000Z';
const TRACE = `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`;

/** Headers that are the same for all messages but for a few places. */
class Headers {
  readonly bytes: Buffer;
  readonly idAt: number;
  readonly timeAt: number;
  readonly traceAt: number;

  constructor(topic: string, source: string, traced: boolean) {
    const out = new RecordBytes(512);
    out.headers({
      [CLOUD_EVENT_HEADERS.specVersion]: CLOUD_EVENTS_VERSION,
      [CLOUD_EVENT_HEADERS.id]: ID,
      [CLOUD_EVENT_HEADERS.type]: topic,
      [CLOUD_EVENT_HEADERS.time]: TIME,
      [CLOUD_EVENT_HEADERS.contentType]: 'application/json',
      ...(traced ? { [CLOUD_EVENT_HEADERS.traceparent]: TRACE } : {}),
      // Last, because it is the operator's: whatever it holds, the places above are found before it.
      [CLOUD_EVENT_HEADERS.source]: source,
    });
    this.bytes = Buffer.from(out.written());
    this.idAt = this.bytes.indexOf(ID);
    this.timeAt = this.bytes.indexOf(TIME);
    this.traceAt = traced ? this.bytes.indexOf(TRACE) : -1;
  }
}

/** Writes predictions into the ring as the record of a Kafka batch holds them: key, value, headers. */
export class RecordWriter {
  private readonly plain: Headers;
  private readonly traced: Headers;

  constructor(
    private readonly ring: RingWriter,
    topic: string,
    source: string,
  ) {
    this.plain = new Headers(topic, source, false);
    this.traced = new Headers(topic, source, true);
  }

  /** False if there is no room. */
  write({ id, taskId, at, text, traceparent }: LoggedPrediction): boolean {
    const { ring } = this;
    const headers = traceparent === undefined ? this.plain : this.traced;
    const start = ring.reserve(
      headers.bytes.length + BYTES_A_CHARACTER * (taskId.length + text.length) + 2 * VARINT_BYTES,
    );
    if (start < 0) return false;
    const key = this.field(taskId, start);
    const value = this.field(text, key.end);
    const from = value.end;
    ring.buffer.set(headers.bytes, from);
    ring.buffer.write(id, from + headers.idAt, 'latin1');
    ring.buffer.write(at, from + headers.timeAt, 'latin1');
    if (traceparent !== undefined) ring.buffer.write(traceparent, from + headers.traceAt, 'latin1');
    ring.commit(from + headers.bytes.length - start, {
      keyAt: key.at - start,
      keyLength: key.end - key.at,
      valueAt: value.at - start,
      valueLength: value.end - value.at,
      traced: traceparent !== undefined,
    });
    return true;
  }

  /** A text with its length in front. */
  private field(text: string, start: number): { at: number; end: number } {
    const { buffer } = this.ring;
    // The length stands before the text, and is known after it: most texts have as many bytes as characters.
    const guess = putVarint(buffer, start, text.length);
    const size = buffer.write(text, guess, 'utf8');
    const at = putVarint(buffer, start, size);
    if (at === guess) return { at, end: at + size };
    // One byte more was needed, and is where the text begins.
    buffer.write(text, at, 'utf8');
    return { at, end: at + size };
  }
}
