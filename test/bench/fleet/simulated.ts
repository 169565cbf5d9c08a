import { randomUUID } from 'node:crypto';
import { DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { EventOf } from '#contracts/topics';
import type { EventProducer } from '#kafka/produce/producer';
import type { TestStack } from '../../stack/stack.js';
import { BEAT_MS, heartbeatsOf } from './heartbeats.js';

const STATES = ['model.staged', 'model.canary-advanced', 'model.promoted', 'model.rolled-back'];

/** Instances that load nothing and answer nobody, and say what real ones say: heartbeats, and acknowledgements of what is wanted of them. */
export class SimulatedInstances {
  private acting: DesiredState | null = null;
  private readonly names: readonly string[];
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly producer: EventProducer,
    count: number,
  ) {
    this.names = Array.from({ length: count }, (_, i) => `simulated-${i}`);
  }

  /** Resolves when all of them are there; what it gives ends them. */
  async start(stack: TestStack): Promise<() => Promise<void>> {
    const consumer = stack.kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topics: STATES, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message: { value } }) => {
        if (value !== null) await this.follow(DesiredState.parse(JSON.parse(value.toString())));
      },
    });
    await this.beat();
    const timer = setInterval(() => void this.beat(), BEAT_MS);
    return async () => {
      clearInterval(timer);
      await consumer.disconnect();
    };
  }

  private async follow(desired: DesiredState): Promise<void> {
    if (desired.generation <= (this.acting?.generation ?? 0)) return;
    this.acting = desired;
    const { staged, live } = desired;
    if (staged !== null)
      await this.tell('model.loaded', staged, { load_ms: 1, golden: { cases: 1, max_abs_difference: 0 } });
    else if (live !== null) await this.tell('model.activated', live, { swap_ms: 1 });
  }

  private tell<T extends 'model.loaded' | 'model.activated'>(
    topic: T,
    { version, digest }: VersionRef,
    own: Omit<EventOf<T>, 'instance' | 'model' | 'generation' | 'epoch' | 'version' | 'digest' | 'at'>,
  ): Promise<void> {
    const { acting } = this;
    if (acting === null) return Promise.resolve();
    const { model, generation, epoch = null } = acting;
    const at = new Date().toISOString();
    const about = this.names.map((instance) => ({ instance, model, generation, epoch, version, digest, at, ...own }));
    return this.producer.publishMany(topic, about as EventOf<T>[]);
  }

  private beat(): Promise<void> {
    const { acting } = this;
    const models =
      acting === null
        ? []
        : [
            {
              model: acting.model,
              seen_generation: acting.generation,
              generation: acting.generation,
              epoch: acting.epoch ?? null,
              version: acting.live?.version ?? null,
              digest: acting.live?.digest ?? null,
              canary: null,
              warm: acting.warm.map(({ version }) => version),
            },
          ];
    return this.producer.publishMany('serving.heartbeat', heartbeatsOf(this.names, this.startedAt, models));
  }
}
