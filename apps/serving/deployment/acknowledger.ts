import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import type { ActivationFailed, DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { EventOf } from '#contracts/topics';
import type { EventProducer } from '#kafka/produce/producer';
import type { Logger } from '#platform/logging';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { LOGGER, PRODUCER } from '../keys.js';
import type { ServedVersion } from '../models/served-version.js';

const retries = new Counter({
  name: 'ratchet_serving_acknowledgement_retries_total',
  help: 'Acknowledgements that Kafka did not take at once.',
});

export type AcknowledgementTopic = 'model.loaded' | 'model.activated' | 'model.activation-failed';

const RETRY_MS = 500;

/** Tells the registry how far this instance is; tries until Kafka has it or a newer state makes it pointless. */
@Injectable()
export class Acknowledger {
  constructor(
    @Inject(PRODUCER) private readonly producer: Pick<EventProducer, 'publish'>,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  loaded(desired: DesiredState, staged: ServedVersion, current: () => boolean): void {
    const { loadMilliseconds: load_ms, golden } = staged;
    this.trace('load', desired, staged.ref, load_ms);
    void this.publish('model.loaded', { ...this.about(desired, staged.ref), load_ms, golden }, current);
  }

  activated(desired: DesiredState, ref: VersionRef, swap_ms: number, current: () => boolean): void {
    this.trace('swap', desired, ref, swap_ms);
    void this.publish('model.activated', { ...this.about(desired, ref), swap_ms }, current);
  }

  failed(
    desired: DesiredState,
    ref: VersionRef,
    reason: ActivationFailed['reason'],
    detail: string,
    current: () => boolean,
  ): void {
    void this.publish('model.activation-failed', { ...this.about(desired, ref), reason, detail }, current);
  }

  /** What it took, in the trace of the deployment. */
  private trace(
    name: string,
    { deployment_id, model, generation, cause }: DesiredState,
    ref: VersionRef,
    ms: number,
  ): void {
    const to = preciseNow();
    tracing()?.record({
      name,
      kind: 'consumer',
      of: deployment_id,
      from: to - ms,
      to,
      attributes: {
        'ratchet.model': model,
        'ratchet.version': ref.version,
        'ratchet.generation': generation,
        'ratchet.cause': cause,
      },
    });
  }

  private about({ model, generation, epoch = null }: DesiredState, { version, digest }: VersionRef) {
    return { instance: this.config.instance, model, generation, epoch, version, digest, at: new Date().toISOString() };
  }

  /** Tries until Kafka has it, as long as it is `current`. */
  async publish<T extends AcknowledgementTopic>(topic: T, event: EventOf<T>, current: () => boolean): Promise<void> {
    while (current()) {
      try {
        return await this.producer.publish(topic, event);
      } catch (error) {
        retries.inc();
        this.logger.warn({ err: error, topic }, 'Kafka did not take an acknowledgement, trying again');
        await pause(RETRY_MS, undefined, { ref: false });
      }
    }
  }
}
