import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { EvaluationQueue } from '../storage/evaluation-queue.js';
import { EvaluationWorker } from './evaluation-worker.js';

/** Every trained package is queued for judgement. */
@Controller()
export class ModelTrainedController {
  constructor(
    @Inject(EvaluationQueue) private readonly queue: EvaluationQueue,
    @Inject(EvaluationWorker) private readonly worker: EvaluationWorker,
  ) {}

  @OnEvent('model.trained')
  async trained(event: IncomingEvent<'model.trained'>): Promise<void> {
    await this.queue.add(event.value);
    this.worker.wake();
  }
}
