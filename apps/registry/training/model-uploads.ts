import { createHash, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { hexOf } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { type ImportFormat, RegisterBody, type Uploaded } from '#contracts/http/packages';
import type { Backend } from '#contracts/model-definition';
import { ModelName } from '#contracts/primitives';
import type { Outbox } from '#kafka/outbox';
import { authorize, TOKEN_VERIFIER, type TokenVerifier } from '#platform/auth/auth';
import { ProblemError, parseInput, problemOf, sendProblem } from '#platform/problem';
import { readBody, readJsonBody } from '#platform/raw-body';
import { ModelDirectory } from '../status/model-directory.js';
import { ARTIFACT_STORE, OUTBOX } from '../tokens.js';

const OfModel = z.object({ model: ModelName });
const LARGEST_MODEL = 256 * 1024 * 1024;
const LARGEST_DESCRIPTION = 16 * 1024 * 1024;

const BACKENDS: Record<ImportFormat, Backend> = {
  'xgboost-json': 'xgboost',
  'xgboost-ubj': 'xgboost',
  'lightgbm-text': 'lightgbm',
};

/**
 * How models trained elsewhere come in. Raw routes, because their bodies are large: the token is looked at before the
 * first byte is read.
 */
export async function addModelUploads(app: NestFastifyApplication): Promise<void> {
  const store = app.get<ArtifactStore>(ARTIFACT_STORE);
  const outbox = app.get<Outbox>(OUTBOX);
  const dataSource = app.get(DataSource);
  const models = app.get(ModelDirectory);
  const verifier = app.get<TokenVerifier>(TOKEN_VERIFIER);

  const keep = async (content: Buffer): Promise<Uploaded> => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const key = keyOf(digest);
    if (!(await store.has(key))) await store.put(key, content);
    return { digest, bytes: content.length };
  };

  await app
    .getHttpAdapter()
    .getInstance()
    .register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      scope.setErrorHandler(async (error, _request, reply) => sendProblem(reply, problemOf(error)));

      scope.post('/v1/models/:model/uploads', async (request, reply) => {
        await authorize(verifier, request.headers.authorization, 'operator');
        const { model } = parseInput(OfModel, request.params, 'path');
        await models.expect(model);
        return reply.status(201).send(await keep(await readBody(request.raw, LARGEST_MODEL)));
      });

      scope.post('/v1/models/:model/packages', async (request, reply) => {
        const { name: actor } = await authorize(verifier, request.headers.authorization, 'operator');
        const { model } = parseInput(OfModel, request.params, 'path');
        await models.expect(model);
        const body = parseInput(RegisterBody, await readJsonBody(request.raw, LARGEST_DESCRIPTION), 'request');
        const { request_id = randomUUID(), upload, format, description, auto_deploy, reason } = body;
        if (!(await store.has(keyOf(upload))))
          throw new ProblemError(404, 'Not found', `There is no upload ${upload}. Upload the model file first.`);
        const described = await keep(Buffer.from(JSON.stringify(description)));
        await outbox.add(dataSource.manager, 'training.requested', {
          request_id,
          model,
          trigger: 'api',
          model_type: BACKENDS[format],
          auto_deploy,
          ...(reason && { reason }),
          import: { format, model: upload, description: described.digest },
          actor,
          requested_at: new Date().toISOString(),
        });
        return reply.status(202).send({ request_id, model });
      });
    });
}

const keyOf = (digest: string): string => `uploads/${hexOf(digest)}`;
