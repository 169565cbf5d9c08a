import { Controller, Inject } from '@nestjs/common';
import { storableText } from '#domain/audit/canonical-json';
import type { Input } from '#domain/deployment/inputs';
import { type IncomingEvent, OnEventsTogether } from '#kafka/transport';
import { DeploymentDecisions } from './decisions.service.js';
import { Presence } from './presence.js';

/** What instances say about the generation they were asked to follow: of many instances, much at a time. */
@Controller()
export class AcknowledgementsController {
  constructor(
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(Presence) private readonly presence: Presence,
  ) {}

  @OnEventsTogether('model.loaded')
  loaded(events: readonly IncomingEvent<'model.loaded'>[]): Promise<void> {
    return this.decide(events, ({ instance, generation, epoch = null, version, digest }) => ({
      kind: 'loaded',
      instance: storableText(instance),
      generation,
      epoch,
      version,
      digest,
    }));
  }

  @OnEventsTogether('model.activated')
  activated(events: readonly IncomingEvent<'model.activated'>[]): Promise<void> {
    // Whoever asks when the deployment is done is to hear of the same instances.
    for (const { value } of events) this.presence.activated(value);
    return this.decide(events, ({ instance, generation, epoch = null, version, digest }) => ({
      kind: 'activated',
      instance: storableText(instance),
      generation,
      epoch,
      version,
      digest,
    }));
  }

  @OnEventsTogether('model.activation-failed')
  failed(events: readonly IncomingEvent<'model.activation-failed'>[]): Promise<void> {
    return this.decide(events, ({ instance, generation, epoch = null, version, reason, detail }) => ({
      kind: 'activation-failed',
      instance: storableText(instance),
      generation,
      epoch,
      version,
      reason,
      detail: storableText(detail),
    }));
  }

  /** One decision about all that the events say of a model, in their order. */
  private async decide<V extends { readonly model: string }>(
    events: readonly { readonly value: V }[],
    inputOf: (value: V) => Input,
  ): Promise<void> {
    const values = events.map(({ value }) => value);
    for (const model of new Set(values.map((value) => value.model)))
      await this.decisions.run(model, values.filter((value) => value.model === model).map(inputOf));
  }
}
