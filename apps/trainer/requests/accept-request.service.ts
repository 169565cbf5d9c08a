import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { TrainingRequested } from '#contracts/events/training';
import { RunQueue } from '#database/training/run-queue';
import type { Logger } from '#platform/logging';
import { DefinitionRepository, DefinitionUnusable } from '../definitions/definition.repository.js';
import { LOGGER } from '../tokens.js';

/** Turns requests into queued runs; one request id, one run. */
@Injectable()
export class AcceptRequest {
  constructor(
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(DefinitionRepository) private readonly definitions: DefinitionRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async accept(request: TrainingRequested): Promise<void> {
    const runId = randomUUID();
    const { request_id, model, trigger, actor } = request;
    try {
      const backend = request.model_type ?? this.definitions.read(model).backend;
      const taken = await this.queue.enqueue(request, runId, backend);
      this.logger.info({ request_id, model, trigger, actor, taken }, taken ? 'run queued' : 'request known already');
    } catch (error) {
      if (!(error instanceof DefinitionUnusable)) throw error;
      await this.queue.refuse(request, runId, error);
      this.logger.warn({ request_id, model, reason: error.reason }, 'request refused');
    }
  }
}
