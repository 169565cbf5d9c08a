import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import type { DesiredState } from '#contracts/events/deployment';
import type { VersionRef } from '#contracts/primitives';
import type { EventOf, Topic } from '#contracts/topics';
import { createKafka, type Kafka } from '#kafka/client/connection';
import { EventProducer } from '#kafka/produce/producer';
import { applyTopics } from '#kafka/topics/topics';
import { createLogger } from '#platform/logging';
import type { RunningKafka } from '../../deploy/local/kafka/kafka.js';
import { freePort } from '../../deploy/local/ports.js';
import type { Child } from '../../deploy/local/processes/child.js';
import { serviceProgram } from '../../deploy/local/stack/services.js';
import { until } from '../../deploy/local/until.js';
import { testKafka } from '../stack/infrastructure.js';
import { type SampleModel, samplePackage } from './model-packages.js';

type Answer = 'model.loaded' | 'model.activated' | 'model.activation-failed' | 'serving.heartbeat' | 'predictions';
const ANSWERS: readonly Answer[] = [
  'model.loaded',
  'model.activated',
  'model.activation-failed',
  'serving.heartbeat',
  'predictions',
];

/** A message an instance wrote; the value of a tombstone is null. */
export interface Heard<T extends Topic = Topic> {
  readonly topic: T;
  readonly key: string;
  readonly value: EventOf<T> | null;
}

export interface Instance {
  readonly name: string;
  readonly url: string;
  readonly child: Child;
}

/** Real Kafka and serving processes, and in the place of the registry the test itself. */
export class ServingWorld {
  readonly logger = createLogger('test', 'silent');
  readonly heard: Heard[] = [];
  generation = 0;
  private readonly producer: EventProducer;
  private readonly stopping = new AbortController();
  private readonly starting = new Set<Promise<Child>>();
  private readonly instances = new Set<Child>();
  private readonly listener;

  private constructor(
    readonly home: string,
    readonly broker: RunningKafka,
    readonly kafka: Kafka,
    readonly packages: PackageStore,
  ) {
    this.producer = new EventProducer({ kafka, source: 'test/registry', logger: this.logger });
    this.listener = kafka.consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 50 });
  }

  /** It keeps the messages of the topics in `listen` only: a benchmark's predictions are too many. */
  static async start({ listen = ANSWERS }: { listen?: readonly Answer[] } = {}): Promise<ServingWorld> {
    const home = await mkdtemp(join(tmpdir(), 'ratchet-serving-'));
    await chmod(home, 0o711);
    const broker = await testKafka();
    const logger = createLogger('test', 'silent');
    const kafka = createKafka({ KAFKA_BROKERS: [broker.brokers], KAFKA_TLS: false }, 'test', logger);
    await applyTopics(kafka);
    const store = new FilesystemStore(pathToFileURL(`${join(home, 'artifacts')}/`));
    const world = new ServingWorld(home, broker, kafka, new PackageStore(store));
    // As the registry says it at its first start: nothing was ever decided.
    await world.want('stage', { generation: 0 });
    if (listen.length > 0) await world.listen(listen);
    return world;
  }

  private async listen(topics: readonly Answer[]): Promise<void> {
    await this.listener.connect();
    await this.listener.subscribe({ topics: [...topics], fromBeginning: true });
    await this.listener.run({
      eachMessage: async ({ topic, message }) => {
        const value = message.value === null ? null : JSON.parse(message.value.toString());
        const name = ANSWERS.find((answer) => answer === topic);
        if (name) this.heard.push({ topic: name, key: String(message.key), value });
      },
    });
  }

  /** Starts an instance and returns when it is ready. */
  async serve(name: string, env: NodeJS.ProcessEnv = {}, port?: number): Promise<Instance> {
    const at = port ?? (await freePort());
    const program = serviceProgram(
      { home: this.home, brokers: this.broker.brokers, databaseUrl: '' },
      { name: 'serving-1', app: 'serving', port: at },
      {
        INSTANCE_ID: name,
        LOG_LEVEL: 'debug',
        // What is decided is then what the model says.
        EXPLORATION_RATE: '0',
        ARTIFACTS_URL: pathToFileURL(join(this.home, 'artifacts')).href,
        ...env,
      },
    );
    const starting = program.start(this.stopping.signal);
    this.starting.add(starting);
    const child = await starting;
    this.instances.add(child);
    return { name, url: `http://127.0.0.1:${at}`, child };
  }

  /** Stores a package and gives it a version. */
  async version(version: string, model: SampleModel | Map<string, Buffer>): Promise<VersionRef> {
    const { digest, uri } = await this.packages.write(model instanceof Map ? model : samplePackage(model));
    return { version, digest, artifact_uri: uri };
  }

  /** Publishes the next desired state, as the registry would, and returns its generation. */
  async want(cause: DesiredState['cause'], state: Partial<DesiredState>): Promise<number> {
    const generation = state.generation ?? ++this.generation;
    const topics = {
      stage: 'model.staged',
      canary: 'model.canary-advanced',
      promote: 'model.promoted',
      abort: 'model.rolled-back',
      rollback: 'model.rolled-back',
      shadow: 'model.staged',
      degraded: 'model.staged',
    } as const;
    await this.producer.publish(topics[cause], {
      model: 'backlink-outcome',
      generation,
      deployment_id: randomUUID(),
      cause,
      live: null,
      staged: null,
      canary: null,
      shadow: null,
      warm: [],
      reason: 'test',
      actor: 'test',
      issued_at: new Date().toISOString(),
      deadline_at: new Date(Date.now() + 30_000).toISOString(),
      ...state,
    });
    return generation;
  }

  /** Waits for a message of an instance. */
  async hear<T extends Answer>(
    topic: T,
    what: string,
    matches: (value: EventOf<T>) => boolean,
    deadlineMs = 20_000,
  ): Promise<EventOf<T>> {
    const isOf = (heard: Heard): heard is Heard<T> => heard.topic === topic;
    return until(
      `${what} on ${topic}`,
      () => this.heard.filter(isOf).find(({ value }) => value !== null && matches(value))?.value,
      { deadlineMs, everyMs: 10 },
    );
  }

  /** Stages and promotes a version on the instances named, and returns when they answer by it. */
  async deploy(ref: VersionRef, before: Partial<DesiredState>, instances: readonly Instance[]): Promise<number> {
    const staging = await this.want('stage', { ...before, staged: ref });
    for (const { name } of instances)
      await this.hear(
        'model.loaded',
        `${name} with generation ${staging}`,
        (ack) => ack.generation === staging && ack.instance === name,
      );
    const warm = [...(before.live ? [before.live] : []), ...(before.warm ?? [])];
    const promoting = await this.want('promote', { live: ref, warm });
    await this.activated(promoting, instances);
    return promoting;
  }

  async activated(generation: number, instances: readonly Instance[]): Promise<void> {
    for (const { name } of instances)
      await this.hear(
        'model.activated',
        `${name} with generation ${generation}`,
        (ack) => ack.generation === generation && ack.instance === name,
      );
  }

  /** Waits until an instance decides by a version. */
  async answers({ name, url }: Instance): Promise<void> {
    await until(`${name} to decide`, async () => (await decide(url)).status === 200);
  }

  async stop(): Promise<void> {
    // An instance that is never ready, as without Kafka, is still starting.
    this.stopping.abort();
    await Promise.allSettled(this.starting);
    await Promise.all([...this.instances].map((child) => child.stop()));
    await this.producer.disconnect().catch(() => undefined);
    await this.listener.disconnect().catch(() => undefined);
    await this.broker.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}

/** Asks for a decision; gives status and body. */
export async function decide(
  url: string,
  body: unknown = { task_id: 1, site: { da: 44 } },
  query = '',
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/v1/decide${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { status: response.status, body: Object.fromEntries(Object.entries(answer ?? {})) };
}
