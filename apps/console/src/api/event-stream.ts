import { createParser } from 'eventsource-parser';
import { Refused } from '#http/client/errors';
import type { ApiClient } from './client.js';

export interface StreamEvent {
  /** The topic, or "deployment". */
  name: string;
  data: unknown;
}

/** `lost` names the moment the page went stale; until the first connection there is nothing to be stale. */
export type StreamState = { kind: 'connecting' } | { kind: 'open' } | { kind: 'lost'; since: Date };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Follows `/v1/events` for as long as it is started, and comes back by itself with growing pauses. The browser's own
 * EventSource cannot send the token, so this reads the answer of a fetch.
 */
export class EventStream {
  private state: StreamState = { kind: 'connecting' };
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly client: ApiClient,
    private readonly received: (event: StreamEvent) => void,
    /** Called on every connection, also the first: what was missed in between is unknown. */
    private readonly connected: () => void,
  ) {}

  /** Returns how to stop it. */
  start(): () => void {
    const stopping = new AbortController();
    void this.run(stopping.signal);
    return () => stopping.abort();
  }

  readonly current = (): StreamState => this.state;

  readonly watch = (changed: () => void): (() => void) => {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  };

  private async run(stop: AbortSignal): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!stop.aborted) {
      try {
        const body = await this.client.stream('followEvents', {}, stop);
        wait = FIRST_WAIT_MS;
        this.become({ kind: 'open' });
        this.connected();
        await this.read(body);
      } catch (error) {
        if (stop.aborted) return;
        // A token that is no longer good will not become so by asking again; the next ordinary call, which is asked for now, signs out.
        if (error instanceof Refused && error.status === 401) {
          this.connected();
          return;
        }
      }
      if (stop.aborted) return;
      if (this.state.kind !== 'lost') this.become({ kind: 'lost', since: new Date() });
      await pause(wait, stop);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const value = parseJson(data);
        if (event !== undefined && value !== undefined) this.received({ name: event, data: value });
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  private become(state: StreamState): void {
    this.state = state;
    for (const changed of this.watchers) changed();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Until the time is over, the network is back, or it should stop. */
function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const finish = (): void => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(finish, ms);
    stop.addEventListener('abort', finish, { signal: over.signal });
    window.addEventListener('online', finish, { signal: over.signal });
  });
}
