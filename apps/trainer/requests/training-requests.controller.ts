import { Controller, Inject } from '@nestjs/common';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { Worker } from '../runs/worker.js';
import { AcceptRequest } from './accept-request.service.js';

@Controller()
export class TrainingRequestsController {
  constructor(
    @Inject(AcceptRequest) private readonly requests: AcceptRequest,
    @Inject(Worker) private readonly worker: Worker,
  ) {}

  @OnEvent('training.requested')
  async requested(event: IncomingEvent<'training.requested'>): Promise<void> {
    await this.requests.accept(event.value);
    this.worker.wake();
  }
}
