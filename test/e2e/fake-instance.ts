import type { DesiredState } from '#contracts/events/deployment';
import { DesiredState as DesiredStateSchema } from '#contracts/events/deployment';
import { DESIRED_STATE_TOPICS } from '#contracts/topics';
import type { Kafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { createLogger } from '#platform/logging';

/** What the instance does with a desired state: follow it, only load, say nothing, or refuse versions. */
export type Behaviour =
  | { kind: 'obey' }
  | { kind: 'load-only' }
  | { kind: 'silent' }
  | { kind: 'refuse'; versions: readonly string[] };

/** A serving instance without a model: reads desired states and acknowledges them, like the real one. */
export class FakeInstance {
  behaviour: Behaviour = { kind: 'obey' };
  /** Every desired state in the order it came. */
  readonly seen: DesiredState[] = [];
  generation = 0;
  version: string | null = null;
  /** What came while it was deaf. */
  private missed: DesiredState[] = [];
  private deafSince: string | null = null;
  private readonly consumer: ReturnType<Kafka['consumer']>;
  private readonly producer: EventProducer;
  private readonly startedAt = new Date().toISOString();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    kafka: Kafka,
    readonly name: string,
  ) {
    const logger = createLogger(name, 'silent');
    this.consumer = kafka.consumer({ groupId: `fake-${name}-${Date.now()}`, maxWaitTimeInMs: 50 });
    this.producer = new EventProducer({ kafka, source: `test/${name}`, logger });
  }

  async start(): Promise<this> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...DESIRED_STATE_TOPICS], fromBeginning: true });
    await this.consumer.run({
      eachMessage: async ({ message }) => {
        if (message.value === null) return;
        await this.follow(DesiredStateSchema.parse(JSON.parse(message.value.toString())));
      },
    });
    await this.heartbeat();
    this.timer = setInterval(() => void this.heartbeat().catch(() => undefined), 500);
    return this;
  }

  /** Ends like a process that is told to: with a goodbye. */
  async stop(): Promise<void> {
    await this.vanish();
    await this.producer.tombstone('serving.heartbeat', this.name);
    await this.producer.disconnect();
    await this.consumer.disconnect();
  }

  /** Goes silent like a process that is killed. */
  async vanish(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.behaviour = { kind: 'silent' };
  }

  /** Goes on sending heartbeats, and says in them that it hears nothing. */
  async turnDeaf(): Promise<void> {
    this.deafSince = new Date().toISOString();
    await this.heartbeat();
  }

  /** Hears again, and reads what it has missed. */
  async hearAgain(): Promise<void> {
    this.deafSince = null;
    for (const state of this.missed.splice(0)) await this.follow(state);
    await this.heartbeat();
  }

  private async follow(state: DesiredState): Promise<void> {
    if (this.deafSince !== null) {
      this.missed.push(state);
      return;
    }
    this.seen.push(state);
    if (state.generation <= this.generation || this.behaviour.kind === 'silent') return;
    const subject = state.cause === 'stage' ? state.staged : state.live;
    if (subject === null) return;
    const { model, generation } = state;
    const common = { instance: this.name, model, generation, version: subject.version, digest: subject.digest };
    const at = new Date().toISOString();
    if (this.behaviour.kind === 'refuse' && this.behaviour.versions.includes(subject.version)) {
      const detail = 'probabilities differ by 0.3';
      await this.producer.publish('model.activation-failed', { ...common, at, reason: 'golden-mismatch', detail });
      return;
    }
    this.generation = generation;
    if (state.cause === 'stage') {
      const golden = { cases: 8, max_abs_difference: 0 };
      await this.producer.publish('model.loaded', { ...common, at, load_ms: 1, golden });
    } else if (this.behaviour.kind !== 'load-only') {
      this.version = subject.version;
      await this.producer.publish('model.activated', { ...common, at, swap_ms: 1 });
    }
  }

  private async heartbeat(): Promise<void> {
    await this.producer.publish('serving.heartbeat', {
      instance: this.name,
      url: 'http://127.0.0.1:0',
      started_at: this.startedAt,
      at: new Date().toISOString(),
      ready: this.deafSince === null,
      deaf_since: this.deafSince,
      models: [],
    });
  }
}
