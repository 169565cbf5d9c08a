import { Controller, Headers, Inject } from '@nestjs/common';
import type { DatasetSummary } from '#contracts/http/dataset';
import type {
  DeadLetterGroup,
  DropAccepted,
  FeedbackSource,
  FoundDeadLetter,
  ReplayAccepted,
  StreamIncident,
} from '#contracts/http/feedback';
import { type Input, Operation } from '#http/server/operation';
import { FeedbackGateway } from './feedback-gateway.js';

/** A summary reads every row there is. */
const EVERY_ROW_MS = 120_000;

/** What feedback-ingest knows, under the registry's address. */
@Controller()
export class FeedbackGatewayController {
  constructor(@Inject(FeedbackGateway) private readonly gateway: FeedbackGateway) {}

  @Operation('summariseDataset')
  async summary(
    { query }: Input<'summariseDataset'>,
    @Headers('authorization') token: string,
  ): Promise<DatasetSummary> {
    return (await this.gateway.as(token, EVERY_ROW_MS)).call('summariseDataset', { query });
  }

  @Operation('readFeedbackSources')
  async sources(_: unknown, @Headers('authorization') token: string): Promise<FeedbackSource[]> {
    return (await this.gateway.as(token)).call('readFeedbackSources');
  }

  @Operation('listStreamIncidents')
  async incidents(
    { query }: Input<'listStreamIncidents'>,
    @Headers('authorization') token: string,
  ): Promise<StreamIncident[]> {
    return (await this.gateway.as(token)).call('listStreamIncidents', { query });
  }

  @Operation('listDeadLetters')
  async deadLetters(
    { query }: Input<'listDeadLetters'>,
    @Headers('authorization') token: string,
  ): Promise<DeadLetterGroup[]> {
    return (await this.gateway.as(token)).call('listDeadLetters', { query });
  }

  @Operation('searchDeadLetters')
  async search(
    { query }: Input<'searchDeadLetters'>,
    @Headers('authorization') token: string,
  ): Promise<FoundDeadLetter[]> {
    return (await this.gateway.as(token)).call('searchDeadLetters', { query });
  }

  @Operation('replayDeadLetters')
  async replay({ body }: Input<'replayDeadLetters'>, @Headers('authorization') token: string): Promise<ReplayAccepted> {
    return (await this.gateway.as(token)).call('replayDeadLetters', { body });
  }

  @Operation('dropDeadLetters')
  async drop({ body }: Input<'dropDeadLetters'>, @Headers('authorization') token: string): Promise<DropAccepted> {
    return (await this.gateway.as(token)).call('dropDeadLetters', { body });
  }
}
