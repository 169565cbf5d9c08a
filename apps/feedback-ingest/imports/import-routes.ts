import { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { z } from 'zod';
import { CollectionRequest, ImportKind, type ImportProgress } from '#contracts/http/ingest';
import { DEFAULT_MODEL, ModelName } from '#contracts/primitives';
import { authorize, TOKEN_VERIFIER, type TokenVerifier } from '#platform/auth/auth';
import { parseInput, problemOf, sendProblem } from '#platform/problem';
import { readJsonBody } from '#platform/raw-body';
import { Collector } from '../collect/collector.js';
import { Importer } from './import-file.js';

const MEBIBYTE = 2 ** 20;

const ImportQuery = z.object({
  kind: ImportKind.optional(),
  name: z.string().min(1).max(1024).default('upload'),
  model: ModelName.default(DEFAULT_MODEL),
});

async function* ndjson(progress: AsyncGenerator<ImportProgress>): AsyncGenerator<string> {
  for await (const line of progress) yield `${JSON.stringify(line)}\n`;
}

/**
 * The two routes that stream: raw Fastify routes, because a file must reach us as a stream whatever content type it is
 * sent with, and Nest's parsers would read it whole.
 */
export async function addImportRoutes(app: NestFastifyApplication): Promise<void> {
  const importer = app.get(Importer);
  const collector = app.get(Collector);
  const verifier = app.get<TokenVerifier>(TOKEN_VERIFIER);
  const server = app.getHttpAdapter().getInstance();
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler(async (error, _request, reply) => sendProblem(reply, problemOf(error)));

    scope.post('/v1/imports', async (request, reply) => {
      const { name: actor } = await authorize(verifier, request.headers.authorization, 'operator');
      const { kind, name, model } = parseInput(ImportQuery, request.query, 'query');
      const length = Number(request.headers['content-length'] ?? Number.NaN);
      const progress = await importer.importFile({
        name,
        kind,
        model,
        actor,
        bytesTotal: Number.isFinite(length) ? length : null,
        body: request.raw,
      });
      return reply.header('content-type', 'application/x-ndjson').send(Readable.from(ndjson(progress)));
    });

    scope.post('/v1/collections', async (request, reply) => {
      const { name: actor } = await authorize(verifier, request.headers.authorization, 'operator');
      const body = parseInput(CollectionRequest, (await readJsonBody(request.raw, MEBIBYTE)) ?? {}, 'request');
      const progress = collector.collect(body, actor);
      return reply.header('content-type', 'application/x-ndjson').send(Readable.from(ndjson(progress)));
    });
  });
}
