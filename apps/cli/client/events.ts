import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Api } from './api.js';

/** One server-sent event of the registry: `name` is a Kafka topic, or "deployment". */
export interface LoopEvent {
  readonly name: string;
  readonly data: unknown;
}

/** What happens to a model from now on. Ends when the registry closes the stream or `signal` fires. */
export async function* followEvents(api: Api, model: string, signal: AbortSignal): AsyncGenerator<LoopEvent> {
  const call = { method: 'GET', path: '/v1/events', query: { model } } as const;
  const stream = await api.stream(call, 'text/event-stream', signal);
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    parser.feed(String(chunk));
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
