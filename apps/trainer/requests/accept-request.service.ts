import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { TrainingRequested } from '#contracts/events/training';
import { GROWER_OF } from '#contracts/model-package';
import { NobodyToTell } from '#kafka/consume/invalid-event';
import type { InvalidEvent } from '#kafka/transport';
import type { Logger } from '#platform/logging';
import { DefinitionRepository, DefinitionUnusable } from '../definitions/definition.repository.js';
import { CLOCK, type Clock, LOGGER } from '../keys.js';
import { RunQueue } from '../storage/run-queue.js';
import { brokenRequest } from './broken-request.js';

/** Turns requests into queued runs; one request id, one run. */
@Injectable()
export class AcceptRequest {
  constructor(
    @Inject(RunQueue) private readonly queue: RunQueue,
    @Inject(DefinitionRepository) private readonly definitions: DefinitionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Answers a request that does not fit the contract with a failed run, if it can be told whose it is. */
  async refuse(event: InvalidEvent): Promise<void> {
    const broken = brokenRequest(event, this.clock());
    const { topic, partition, offset, field, detail } = event;
    this.logger.warn({ topic, partition, offset, field, detail, answered: broken !== null }, 'request cannot be read');
    if (broken === null) throw new NobodyToTell(event);
    await this.queue.refuse(broken.request, randomUUID(), broken);
  }

  async accept(request: TrainingRequested): Promise<void> {
    const runId = randomUUID();
    const { request_id, model, trigger, actor, requested_at } = request;
    await this.definitions.expect(model, this.clock().getTime() - Date.parse(requested_at));
    try {
      const backend = request.import
        ? GROWER_OF[request.import.format]
        : (request.model_type ?? this.definitions.read(model).backend);
      const engine = request.import
        ? 'built-in'
        : (request.engine ?? this.definitions.read(model).training?.engine ?? 'built-in');
      const taken = await this.queue.enqueue(request, runId, { backend, engine });
      this.logger.info(
        { request_id, model, trigger, actor, engine, taken },
        taken ? 'run queued' : 'request known already',
      );
    } catch (error) {
      if (!(error instanceof DefinitionUnusable)) throw error;
      await this.queue.refuse(request, runId, error);
      this.logger.warn({ request_id, model, reason: error.reason }, 'request refused');
    }
  }
}
