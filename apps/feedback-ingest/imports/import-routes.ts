import { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CollectionRequest, type ImportProgress, INGEST_OPERATIONS } from '#contracts/http/ingest';
import { renamesOf } from '#domain/feedback/csv';
import { addStreamedOperations } from '#http/server/streamed';
import { principalOf } from '#platform/auth/auth';
import { parseInput } from '#platform/problem';
import { readJsonBody } from '#platform/raw-body';
import { Collector } from '../collect/collector.js';
import { Importer } from './import-file.js';

const MEBIBYTE = 2 ** 20;

async function* ndjson(progress: AsyncGenerator<ImportProgress>): AsyncGenerator<string> {
  for await (const line of progress) yield `${JSON.stringify(line)}\n`;
}

/** The two operations that stream: what is sent, or at least what is answered. */
export async function addImportRoutes(app: NestFastifyApplication): Promise<void> {
  const importer = app.get(Importer);
  const collector = app.get(Collector);
  await addStreamedOperations(app, {
    importFile: async (request, reply) => {
      const { kind, name, model, rename, as_is } = parseInput(
        INGEST_OPERATIONS.importFile.query,
        request.query,
        'query',
      );
      const length = Number(request.headers['content-length'] ?? Number.NaN);
      const progress = await importer.importFile({
        name,
        kind,
        model,
        renames: renamesOf(rename),
        asIs: as_is === 'true',
        actor: principalOf(request).name,
        bytesTotal: Number.isFinite(length) ? length : null,
        body: request.raw,
      });
      return reply.header('content-type', 'application/x-ndjson').send(Readable.from(ndjson(progress)));
    },
    collect: async (request, reply) => {
      const body = parseInput(CollectionRequest, (await readJsonBody(request.raw, MEBIBYTE)) ?? {}, 'request');
      const progress = collector.collect(body, principalOf(request).name);
      return reply.header('content-type', 'application/x-ndjson').send(Readable.from(ndjson(progress)));
    },
  });
}
