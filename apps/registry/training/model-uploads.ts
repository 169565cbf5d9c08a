import { createHash, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { hexOf } from '#artifacts/package-store';
import type { ArtifactStore } from '#artifacts/store';
import { canTrain } from '#contracts/backends';
import { PACKAGE_OPERATIONS, RegisterBody, type Uploaded } from '#contracts/http/packages';
import { GROWER_OF } from '#contracts/model-package';
import { addStreamedOperations } from '#http/server/streamed';
import type { Outbox } from '#outbox/outbox';
import { principalOf } from '#platform/auth/auth';
import { ProblemError, parseInput } from '#platform/problem';
import { readBody, readJsonBody } from '#platform/raw-body';
import { ARTIFACT_STORE, OUTBOX } from '../keys.js';
import { ModelDirectory } from '../status/model-directory.js';

const LARGEST_MODEL = 256 * 1024 * 1024;
const LARGEST_DESCRIPTION = 16 * 1024 * 1024;

/**
 * How models trained elsewhere come in: their bodies are large, so the model is looked up before the first byte is read.
 */
export async function addModelUploads(app: NestFastifyApplication): Promise<void> {
  const store = app.get<ArtifactStore>(ARTIFACT_STORE);
  const outbox = app.get<Outbox>(OUTBOX);
  const dataSource = app.get(DataSource);
  const models = app.get(ModelDirectory);

  const keep = async (content: Buffer): Promise<Uploaded> => {
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const key = keyOf(digest);
    if (!(await store.has(key))) await store.put(key, content);
    return { digest, bytes: content.length };
  };

  await addStreamedOperations(app, {
    uploadModelFile: async (request, reply) => {
      const { model } = parseInput(PACKAGE_OPERATIONS.uploadModelFile.params, request.params, 'path');
      await models.expect(model);
      return reply.send(await keep(await readBody(request.raw, LARGEST_MODEL)));
    },
    registerModel: async (request, reply) => {
      const { model } = parseInput(PACKAGE_OPERATIONS.registerModel.params, request.params, 'path');
      await models.expect(model);
      const body = parseInput(RegisterBody, await readJsonBody(request.raw, LARGEST_DESCRIPTION), 'request');
      const { request_id = randomUUID(), upload, format, description, auto_deploy, reason } = body;
      if (!(await store.has(keyOf(upload))))
        throw new ProblemError(404, 'Not found', `There is no upload ${upload}. Upload the model file first.`);
      const grower = GROWER_OF[format];
      // A file of this request alone: the end of another run with an equal description must not take it away.
      const described = await keep(Buffer.from(JSON.stringify({ ...description, request_id })));
      await outbox.add(dataSource.manager, 'training.requested', {
        request_id,
        model,
        trigger: 'api',
        ...(canTrain(grower) && { model_type: grower }),
        auto_deploy,
        ...(reason && { reason }),
        import: { format, model: upload, description: described.digest },
        actor: principalOf(request).name,
        requested_at: new Date().toISOString(),
      });
      return reply.send({ request_id, model });
    },
  });
}

const keyOf = (digest: string): string => `uploads/${hexOf(digest)}`;
