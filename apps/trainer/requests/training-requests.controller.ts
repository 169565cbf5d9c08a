import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, type InvalidEvent, OnEvent } from '#kafka/transport';
import type { Logger } from '#platform/logging';
import { LOGGER } from '../keys.js';
import { Worker } from '../runs/worker.js';
import { AcceptRequest } from './accept-request.service.js';

@Controller()
export class TrainingRequestsController {
  constructor(
    @Inject(AcceptRequest) private readonly requests: AcceptRequest,
    @Inject(Worker) private readonly worker: Worker,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @OnEvent('training.requested', { invalid: 'deliver' })
  async requested(event: IncomingEvent<'training.requested'> | InvalidEvent): Promise<void> {
    if (event.kind === 'invalid') return this.requests.refuse(event);
    await this.requests.accept(event.value);
    this.worker.wake();
  }

  @OnEvent('training.cancel-requested')
  async cancelRequested({ value }: IncomingEvent<'training.cancel-requested'>): Promise<void> {
    const run = await this.worker.cancel(value);
    const { run_id, model, actor, reason } = value;
    this.logger.info(
      { run_id, model, actor, reason, cancelled: run !== null },
      run === null ? 'a run to be cancelled has ended already, or is not there' : 'run cancelled',
    );
  }
}
