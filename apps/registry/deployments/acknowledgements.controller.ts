import { Controller, Inject } from '@nestjs/common';
import { storableText } from '#domain/audit/canonical-json';
import { type IncomingEvent, OnEvent } from '#kafka/transport';
import { Decisions } from './decisions.service.js';

/** What instances say about the generation they were asked to follow. */
@Controller()
export class AcknowledgementsController {
  constructor(@Inject(Decisions) private readonly decisions: Decisions) {}

  @OnEvent('model.loaded')
  async loaded({ value }: IncomingEvent<'model.loaded'>): Promise<void> {
    const { model, generation, version, digest } = value;
    const instance = storableText(value.instance);
    await this.decisions.run(model, { kind: 'loaded', instance, generation, version, digest });
  }

  @OnEvent('model.activated')
  async activated({ value }: IncomingEvent<'model.activated'>): Promise<void> {
    const { model, generation, version, digest } = value;
    const instance = storableText(value.instance);
    await this.decisions.run(model, { kind: 'activated', instance, generation, version, digest });
  }

  @OnEvent('model.activation-failed')
  async failed({ value }: IncomingEvent<'model.activation-failed'>): Promise<void> {
    const { model, generation, version, reason } = value;
    const instance = storableText(value.instance);
    const detail = storableText(value.detail);
    await this.decisions.run(model, { kind: 'activation-failed', instance, generation, version, reason, detail });
  }
}
