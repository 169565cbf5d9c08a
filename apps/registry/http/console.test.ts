import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveConsole } from './console.js';

let folder: string;
let server: FastifyInstance;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ratchet-console-'));
  server = fastify();
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function build(): void {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Ratchet</title>');
  writeFileSync(join(folder, 'assets/index-abc.js'), 'console.log("hello");'.repeat(100));
  writeFileSync(join(folder, 'secret.key'), 'not for the web');
}

describe('serveConsole', () => {
  it('serves the page at / with a policy that allows nothing from elsewhere', async () => {
    build();
    serveConsole(server, folder);
    const answer = await server.inject('/');
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('<title>Ratchet</title>');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.headers['cache-control']).toBe('no-cache');
    const again = await server.inject({ url: '/', headers: { 'if-none-match': String(answer.headers.etag) } });
    expect(again.statusCode).toBe(304);
  });

  it('compresses what gains by it, for those who can read it, and lets it be kept for good', async () => {
    build();
    serveConsole(server, folder);
    const plain = await server.inject('/assets/index-abc.js');
    const packed = await server.inject({ url: '/assets/index-abc.js', headers: { 'accept-encoding': 'br, gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body);
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers['cache-control']).toContain('immutable');
  });

  it.each(['/secret.key', '/assets', '/../package.json', '/assets/..%2fsecret.key'])(
    '%s is not served',
    async (url) => {
      build();
      serveConsole(server, folder);
      expect((await server.inject(url)).statusCode).toBe(404);
    },
  );

  it('says how to build it where it is not built', async () => {
    serveConsole(server, folder);
    const answer = await server.inject('/');
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('npm run build');
  });
});
