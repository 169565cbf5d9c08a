import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CompleteBody, LEASE_OPERATIONS } from '#contracts/http/leases';
import { addStreamedOperations } from '#http/server/streamed';
import { parseInput } from '#platform/problem';
import { readJsonBody } from '#platform/raw-body';
import { Leases } from './leases.service.js';

/** As large as what describes any model trained elsewhere. */
const LARGEST_DESCRIPTION = 16 * 1024 * 1024;

/** How external trainers hand in their models: descriptions with many known answers are larger than other bodies may be. */
export async function addCompletions(app: NestFastifyApplication): Promise<void> {
  const leases = app.get(Leases);
  await addStreamedOperations(app, {
    completeTraining: async (request, reply) => {
      const { lease_id } = parseInput(LEASE_OPERATIONS.completeTraining.params, request.params, 'path');
      const body = parseInput(CompleteBody, await readJsonBody(request.raw, LARGEST_DESCRIPTION), 'request');
      const { runId, model } = await leases.complete(lease_id, body);
      return reply.send({ run_id: runId, model });
    },
  });
}
