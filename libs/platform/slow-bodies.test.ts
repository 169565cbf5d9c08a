import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIVENESS_CHECKS, READINESS_CHECKS } from './health.js';
import { createLogger } from './logging.js';
import { startService } from './service.js';

const PATIENCE_MS = 400;
let app: NestFastifyApplication;
let port: number;
/** Bytes that the streamed route has had. */
let streamed = 0;

@Controller()
class Reader {
  @Post('/read')
  read(@Body() body: unknown): unknown {
    return { body };
  }
}

@Module({
  controllers: [Reader],
  providers: [
    { provide: READINESS_CHECKS, useValue: [] },
    { provide: LIVENESS_CHECKS, useValue: [] },
  ],
})
class SampleModule {}

beforeAll(async () => {
  app = await startService({
    name: 'sample',
    module: SampleModule,
    operations: () => undefined,
    config: { HOST: '127.0.0.1', PORT: 0, REQUEST_TIMEOUT_MS: PATIENCE_MS },
    logger: createLogger('sample', 'silent'),
    bodyLimit: 64 * 1024,
    configure: async (made) => {
      const fastify = made.getHttpAdapter().getInstance();
      fastify.post(
        '/closed',
        { onRequest: async (_request, reply) => reply.status(401).send('no') },
        async () => 'never',
      );
      await fastify.register(async (scope) => {
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
        scope.post('/stream', { config: { streamed: true } }, async (request) => {
          for await (const chunk of request.raw) streamed += chunk.length;
          return { streamed };
        });
      });
    },
  });
  port = Number(new URL(await app.getUrl()).port);
});
afterAll(() => app.close());

/** Sends pieces, waiting for what each gives, and resolves to all that was answered once the other end hangs up. */
function talk(...pieces: (string | (() => Promise<string | null>))[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever hangs up on what is still being sent resets the connection.
      if (!['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) reject(error);
    });
    socket.on('close', () => resolve(said));
    void (async () => {
      for (const piece of pieces) {
        if (typeof piece === 'string') socket.write(piece);
        else for (let next = await piece(); next !== null && socket.writable; next = await piece()) socket.write(next);
      }
    })();
  });
}

const head = (path: string, ...headers: string[]): string =>
  [`POST ${path} HTTP/1.1`, 'host: x', 'content-type: application/json', ...headers, '', ''].join('\r\n');

/** The same piece again and again, for as long as anybody listens. */
const again = (piece: string, everyMs: number) => async (): Promise<string> => {
  await pause(everyMs);
  return piece;
};

describe('a request that does not come', () => {
  it.each([
    ['nothing at all', ['']],
    ['headers, one at a time', ['POST /read HTTP/1.1\r\nhost: x\r\n', again('x-slow: 1\r\n', 50)]],
  ])('%s: is hung up on with a 408', async (_, pieces) => {
    const said = await talk(...pieces);
    expect(said).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\ncontent-type: application\/problem\+json/);
    expect(said).toContain('cache-control: no-store');
    expect(said).toContain('"title":"Too slow"');
  });

  it.each([
    ['a body that stops', [head('/read', 'content-length: 20'), '{"a":']],
    ['a body, a byte at a time', [head('/read', 'content-length: 60000'), again(' ', 20)]],
    ['chunks without end', [head('/read', 'transfer-encoding: chunked'), again('1\r\n \r\n', 20)]],
    ['a stream that stops', [head('/stream', 'content-length: 9000000'), 'x'.repeat(5000)]],
    ['a stream, a byte at a time', [head('/stream', 'content-length: 9000000'), again('x', 20)]],
  ])('%s: is answered with a 408, and hung up on', async (_, pieces) => {
    const said = await talk(...pieces);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(said).toContain('content-type: application/problem+json');
    expect(said).toContain(`"detail":"The body of the request did not come within ${PATIENCE_MS / 1000} s."`);
  });

  it.each([
    ['an announced body that is too large', [head('/read', 'content-length: 99999999999')]],
    [
      'chunks that become too large',
      [head('/read', 'transfer-encoding: chunked'), again(`2000\r\n${' '.repeat(8192)}\r\n`, 1)],
    ],
  ])('%s: is refused before it is there, and hung up on', async (_, pieces) => {
    const said = await talk(...pieces);
    expect(said).toMatch(/^HTTP\/1\.1 413 /);
    expect(said).toContain('content-type: application/problem+json');
  });

  it('whoever is refused without a look at the body cannot keep the connection by sending it slowly', async () => {
    const said = await talk(head('/closed', 'content-length: 60000'), again(' ', 20));
    expect(said).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('a stream that moves may take many times as long', async () => {
    const before = streamed;
    let left = 40;
    const piece = async (): Promise<string | null> => {
      await pause(PATIENCE_MS / 8);
      return left-- > 0 ? 'x'.repeat(1000) : null;
    };
    const said = await talk(head('/stream', 'content-length: 40000', 'connection: close'), piece);
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(streamed - before).toBe(40_000);
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header without end', `GET / HTTP/1.1\r\nx: ${'x'.repeat(100_000)}`, 431],
    ['two lengths', head('/read', 'content-length: 1', 'content-length: 2'), 400],
    ['a length below zero', head('/read', 'content-length: -1'), 400],
  ])('%s: is a problem, and the connection is closed', async (_, text, status) => {
    const said = await talk(text);
    expect(said.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(said).toContain('content-type: application/problem+json');
    expect(said).toContain('x-content-type-options: nosniff');
    expect(said).toContain(`"status":${status}`);
  });
});
