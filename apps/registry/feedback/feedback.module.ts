import { Module } from '@nestjs/common';
import { FeedbackGatewayController } from './feedback-gateway.controller.js';
import { FeedbackGateway } from './feedback-gateway.js';
import { LetterAudit } from './letter-audit.js';

/** The way to feedback-ingest for those who know only the registry, and what people decided there. */
@Module({
  controllers: [FeedbackGatewayController],
  providers: [FeedbackGateway, LetterAudit],
})
export class FeedbackModule {}
