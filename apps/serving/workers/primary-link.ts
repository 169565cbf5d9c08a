import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { register } from 'prom-client';
import { Heartbeat } from '#contracts/events/deployment';
import { HEALTH_OPERATIONS } from '#contracts/http/health';
import type { ModelStatistics } from '#contracts/http/inference';
import { type EventOf, TOPICS, type Topic } from '#contracts/topics';
import type { LiveDefinitions } from '#platform/live-definitions';
import type { Follower } from '../deployment/follower.js';
import type { HeartbeatService } from '../deployment/heartbeat.js';
import type { ServingTransport } from '../keys.js';
import type { Acknowledgement, FromWorker, InstanceAnswer, ToWorker } from './messages.js';

/** Between two requests to listen; what it waits for is a version that is being loaded. */
const ASK_AGAIN_MS = 50;

const OF_THE_INSTANCE: readonly string[] = Object.values(HEALTH_OPERATIONS).map(({ path }) => path);

/** The parts of a worker that act on what it is told. */
export interface Following {
  readonly follower: Pick<Follower, 'receive'>;
  readonly definitions: Pick<LiveDefinitions, 'take'>;
  readonly heartbeat: Pick<HeartbeatService, 'beat' | 'wake'>;
  /** What this worker has counted. */
  readonly statistics: () => ModelStatistics;
}

/**
 * What a worker has in Kafka's place: the desired state comes from the primary, and heartbeats and acknowledgements go to it. That the
 * primary hears Kafka is the primary's to tell.
 */
export class PrimaryLink implements ServingTransport {
  private following: Following | null = null;
  private heard = 0;
  private readonly asking = new Map<number, (answer: InstanceAnswer) => void>();
  private nextId = 0;
  private listen: () => void = () => undefined;
  private readonly mayListen = new Promise<void>((resolve) => {
    this.listen = resolve;
  });
  private haveCaughtUp: () => void = () => undefined;
  private readonly allHeard = new Promise<void>((resolve) => {
    this.haveCaughtUp = resolve;
  });

  health(): null {
    return null;
  }

  deafSince(): null {
    return null;
  }

  caughtUp(): Promise<void> {
    return this.allHeard;
  }

  async publish<T extends Topic>(topic: T, event: EventOf<T>): Promise<void> {
    switch (topic) {
      case 'serving.heartbeat':
        return this.tell({ kind: 'beat', beat: Heartbeat.parse(event) });
      case 'model.loaded':
        this.acknowledge({ topic: 'model.loaded', event: TOPICS['model.loaded'].schema.parse(event) });
        break;
      case 'model.activated':
        this.acknowledge({ topic: 'model.activated', event: TOPICS['model.activated'].schema.parse(event) });
        break;
      case 'model.activation-failed':
        this.acknowledge({
          topic: 'model.activation-failed',
          event: TOPICS['model.activation-failed'].schema.parse(event),
        });
        break;
      default:
        throw new Error(`a worker publishes nothing on ${topic}`);
    }
  }

  /** The primary says goodbye for all. */
  async tombstone(): Promise<void> {}

  /** From now on it does what the primary tells. */
  follow(following: Following): void {
    this.following = following;
    process.on('message', (message: ToWorker) => void this.take(message, following));
    this.tell({ kind: 'follows' });
  }

  /** Resolves when this worker may answer requests. */
  async untilMayListen({ heartbeat }: Pick<Following, 'heartbeat'>): Promise<void> {
    let told = false;
    void this.mayListen.then(() => {
      told = true;
    });
    while (!told) {
      this.tell({ kind: 'may-listen', heard: this.heard, beat: heartbeat.beat() });
      await Promise.race([this.mayListen, pause(ASK_AGAIN_MS)]);
    }
  }

  /** Asks what only the instance as a whole can answer. */
  ask(path: string): Promise<InstanceAnswer> {
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.asking.set(id, resolve);
      this.tell({ kind: 'ask', id, path });
    });
  }

  /** Has the primary answer for health and metrics. */
  handOn(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      if (!OF_THE_INSTANCE.includes(route.url)) return;
      const others = [route.onRequest ?? []].flat();
      route.onRequest = [
        ...others,
        async (_request, reply) => {
          const { status, type, body } = await this.ask(route.url);
          return reply.status(status).header('content-type', type).send(body);
        },
      ];
    });
  }

  private acknowledge(acknowledgement: Acknowledgement): void {
    this.tell({ kind: 'acknowledgement', acknowledgement });
    this.following?.heartbeat.wake();
  }

  private tell(message: FromWorker): void {
    process.send?.(message);
  }

  private async take(message: ToWorker, { follower, definitions, heartbeat, statistics }: Following): Promise<void> {
    switch (message.kind) {
      case 'desired':
        this.heard++;
        follower.receive(message.desired);
        return heartbeat.wake();
      case 'defined':
        return definitions.take(message.defined);
      case 'caught-up':
        this.haveCaughtUp();
        return void setImmediate(() => heartbeat.wake());
      case 'listen':
        return this.listen();
      case 'answer':
        this.asking.get(message.id)?.(message.answer);
        this.asking.delete(message.id);
        return;
      case 'count': {
        const metrics = await register.getMetricsAsJSON();
        this.tell({ kind: 'figures', id: message.id, figures: { metrics, statistics: statistics() } });
      }
    }
  }
}
