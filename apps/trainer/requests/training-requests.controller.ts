import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, type InvalidEvent, OnEvent } from '#kafka/transport';
import { Worker } from '../runs/worker.js';
import { AcceptRequest } from './accept-request.service.js';

@Controller()
export class TrainingRequestsController {
  constructor(
    @Inject(AcceptRequest) private readonly requests: AcceptRequest,
    @Inject(Worker) private readonly worker: Worker,
  ) {}

  @OnEvent('training.requested', { invalid: 'deliver' })
  async requested(event: IncomingEvent<'training.requested'> | InvalidEvent): Promise<void> {
    if (event.kind === 'invalid') return this.requests.refuse(event);
    await this.requests.accept(event.value);
    this.worker.wake();
  }
}
