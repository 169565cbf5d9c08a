import type { ServiceName } from '#contracts/http/services';
import { Client, type ClientOptions, type Runtime } from './client.js';

export type BrowserClient<S extends ServiceName> = Client<S, Blob>;

const RUNTIME: Runtime<Blob> = {
  send: async ({ method, url, headers, body, patienceMs, pauseMs, signal }) => {
    const patience = new Patience(signal);
    patience.wait(patienceMs);
    const response = await fetch(url, {
      method,
      headers,
      body: typeof body === 'string' || body === null ? body : body.content,
      signal: patience.signal,
    }).finally(() => patience.end());
    return { status: response.status, chunks: chunksOf(response.body, patience, pauseMs) };
  },
  // The services send nothing that does not fit their contract, and the page ships no validator.
  read: (_name, text) => JSON.parse(text),
};

/** A client for pages. */
export const connect = <S extends ServiceName>(_service: S, options: ClientOptions): BrowserClient<S> =>
  new Client(options, RUNTIME);

/** Not every browser iterates over a stream by itself. */
async function* chunksOf(
  body: ReadableStream<Uint8Array> | null,
  patience: Patience,
  pauseMs: number,
): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      patience.wait(pauseMs);
      const { done, value } = await reader.read().finally(() => patience.end());
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

/** Ends a request that waits for too long: a browser waits for minutes, or for ever. */
class Patience {
  private readonly lost = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal | undefined) {
    this.signal = signal === undefined ? this.lost.signal : AbortSignal.any([signal, this.lost.signal]);
  }

  /** @param ms from now on; 0 waits for ever */
  wait(ms: number): void {
    if (ms > 0) this.timer = setTimeout(() => this.lost.abort(new Error(`nothing for ${ms / 1000} s`)), ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}
