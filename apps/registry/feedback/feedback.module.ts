import { Module } from '@nestjs/common';
import { FeedbackGatewayController } from './feedback-gateway.controller.js';
import { FeedbackGateway } from './feedback-gateway.js';

/** The way to feedback-ingest for those who know only the registry. */
@Module({
  controllers: [FeedbackGatewayController],
  providers: [FeedbackGateway],
})
export class FeedbackModule {}
