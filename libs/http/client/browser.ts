import type { ServiceName } from '#contracts/http/services';
import { Client, type ClientOptions, type Runtime } from './client.js';

export type BrowserClient<S extends ServiceName> = Client<S, Blob>;

const RUNTIME: Runtime<Blob> = {
  send: async ({ method, url, headers, body, signal }) => {
    const response = await fetch(url, {
      method,
      headers,
      body: typeof body === 'string' || body === null ? body : body.content,
      ...(signal && { signal }),
    });
    return { status: response.status, chunks: chunksOf(response.body) };
  },
  // The services send nothing that does not fit their contract, and the page ships no validator.
  read: (_name, text) => JSON.parse(text),
};

/** A client for pages. The browser has time-outs of its own. */
export const connect = <S extends ServiceName>(_service: S, options: ClientOptions): BrowserClient<S> =>
  new Client(options, RUNTIME);

/** Not every browser iterates over a stream by itself. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
