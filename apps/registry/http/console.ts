import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The console needs nothing inline and nothing from elsewhere; so nothing else is allowed. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** No operation of the API. */
const PAGE = { config: { undescribed: true } } as const;

const NOT_BUILT = `<!doctype html><html lang="en"><title>Ratchet</title>
<h1>The console is not built</h1><p>“npm run build” builds it; then restart the registry. The API is at <a href="/openapi.json">/openapi.json</a>.</p></html>`;

interface ConsoleFile {
  readonly path: string;
  readonly type: string;
  readonly bytes: Buffer;
  /** Null where compressing gains nothing. */
  readonly gzipped: Buffer | null;
  readonly etag: string;
  /** Files under assets/ carry a hash of their content in their name: they never change. */
  readonly immutable: boolean;
}

/**
 * Serves the built console at `/`. It is a few files of half a megabyte: they are read once, so that a request can
 * name nothing but them. Where `folder` has no index.html, `/` says how to build it.
 */
export function serveConsole(fastify: FastifyInstance, folder: string): void {
  if (!existsSync(join(folder, 'index.html'))) {
    fastify.get('/', PAGE, (_request, reply) =>
      reply.code(503).headers(SECURITY_HEADERS).type('text/html; charset=utf-8').send(NOT_BUILT),
    );
    return;
  }
  for (const file of consoleFiles(folder)) {
    const answer = (request: FastifyRequest, reply: FastifyReply): FastifyReply => send(file, request, reply);
    fastify.get(`/${file.path}`, PAGE, answer);
    if (file.path === 'index.html') fastify.get('/', PAGE, answer);
  }
}

function consoleFiles(folder: string): ConsoleFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile() && TYPES[extname(file)] !== undefined)
    .map((file) => {
      const bytes = readFileSync(file);
      const path = relative(folder, file).split(sep).join('/');
      const compressed = extname(file) === '.woff2' ? null : gzipSync(bytes, { level: 9 });
      return {
        path,
        type: TYPES[extname(file)] ?? 'application/octet-stream',
        bytes,
        gzipped: compressed !== null && compressed.length < bytes.length ? compressed : null,
        etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
        immutable: path.startsWith('assets/'),
      };
    });
}

function send(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply
    .headers(SECURITY_HEADERS)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    .type(file.type);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  if (file.gzipped !== null && /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
    return reply.header('content-encoding', 'gzip').send(file.gzipped);
  return reply.send(file.bytes);
}
