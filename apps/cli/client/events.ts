import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Session } from '../cli.js';

/** One server-sent event of the registry: `name` is a Kafka topic, or "deployment". */
export interface LoopEvent {
  readonly name: string;
  readonly data: unknown;
}

/** What happens to a model from now on. Ends when the registry closes the stream or `signal` fires. */
export async function* followEvents(
  registry: Session['registry'],
  model: string,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent> {
  const stream = await registry.stream('followEvents', { query: { model } }, signal);
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const { event, data } of arrived.splice(0)) yield { name: event ?? 'message', data: readJson(data) };
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
