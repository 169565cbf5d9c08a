import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Received {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = unknown | ((request: Received, response: ServerResponse) => void);

/** A real HTTP server that answers `METHOD /path` from a script; a list is answered one element at a time, the last for good. */
export interface ScriptedServer {
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

export const problem =
  (status: number, detail: string, code?: string): Answer =>
  (_: Received, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ type: 'about:blank', title: 'Problem', status, detail, code }));
  };

export const lines =
  (documents: readonly unknown[]): Answer =>
  (_: Received, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const document of documents) response.write(`${JSON.stringify(document)}\n`);
    response.end();
  };

/** Marks a list of answers, given one after the other. */
export class InTurn {
  private next = 0;
  constructor(private readonly answers: readonly Answer[]) {}
  take(): Answer {
    const answer = this.answers[Math.min(this.next, this.answers.length - 1)];
    this.next += 1;
    return answer;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

export async function startScriptedServer(script: Readonly<Record<string, Answer>>): Promise<ScriptedServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = request.url ?? '/';
      const seen = { method: request.method ?? '', url, headers: request.headers, body: await bodyOf(request) };
      received.push(seen);
      const scripted =
        script[`${seen.method} ${url.split('?')[0]}`] ?? problem(404, `nothing is scripted for ${seen.method} ${url}`);
      const answer = scripted instanceof InTurn ? scripted.take() : scripted;
      if (typeof answer === 'function') answer(seen, response);
      else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      }
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
