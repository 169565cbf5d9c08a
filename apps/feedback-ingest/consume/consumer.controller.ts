import { Controller, Inject } from '@nestjs/common';
import { type BatchResult, type IncomingBatch, OnBatch } from '#kafka/transport';
import { Ingest } from './ingest.js';

/** The topics feedback comes from. */
@Controller()
export class ConsumerController {
  constructor(@Inject(Ingest) private readonly ingest: Ingest) {}

  @OnBatch('automation.outcomes')
  outcomes(batch: IncomingBatch): Promise<BatchResult> {
    return this.ingest.take('automation.outcomes', batch);
  }

  @OnBatch('shadow.outcomes')
  comparisons(batch: IncomingBatch): Promise<BatchResult> {
    return this.ingest.take('shadow.outcomes', batch);
  }

  @OnBatch('predictions')
  predictions(batch: IncomingBatch): Promise<BatchResult> {
    return this.ingest.take('predictions', batch);
  }
}
