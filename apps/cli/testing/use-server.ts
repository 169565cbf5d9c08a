import { afterEach } from 'vitest';
import type { Environment } from '../client/settings.js';
import { type Answer, type Received, type ScriptedServer, startScriptedServer } from './scripted-server.js';

export interface UsedServer {
  /** Starts a scripted server in place of the services; the environment that leads a command to it. */
  against(script: Readonly<Record<string, Answer>>): Promise<Environment>;
  /** What it was sent, in order. */
  received(): readonly Received[];
  /** Bodies that were posted to this path. */
  posted(path: string): unknown[];
}

/** A scripted server per test, closed after it. */
export function useServer(): UsedServer {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const received = (): readonly Received[] => server?.received ?? [];
  return {
    received,
    async against(script) {
      server = await startScriptedServer(script);
      return { RATCHET_URL: server.url, RATCHET_INGEST_URL: server.url, RATCHET_TOKEN: 'secret' };
    },
    posted: (path) =>
      received()
        .filter((request) => request.method === 'POST' && request.url === path)
        .map((request) => (request.body === '' ? null : JSON.parse(request.body))),
  };
}
