import { randomUUID } from 'node:crypto';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { Admin, Consumer, ConsumerConfig, Kafka } from 'kafkajs';
import { TOPICS, type Topic } from '#contracts/topics';
import type { TopicIdentity } from '#domain/streams/position';
import type { Logger } from '#platform/logging';
import { CatchUp } from './consume/catch-up.js';
import { committedPlaces, lagBehind, placeName, type TopicLag } from './consume/consumer-lag.js';
import { Dispatcher } from './consume/dispatcher.js';
import { type ConsumerState, KeptConsumer } from './consume/kept-consumer.js';
import { countParked, Parking } from './consume/parking.js';
import { type BlockedPartition, PartitionPauses } from './consume/partition-pauses.js';
import { committing, Places } from './consume/places.js';
import { StartingPlaces, type TopicIdentities } from './consume/starting-places.js';
import { TRANSPORT_IDS, type TransportMode } from './decorators.js';
import { RawProducer } from './produce/raw-producer.js';
import { TopicWatch } from './topics/topic-watch.js';

export interface TransportOptions {
  kafka: Kafka;
  /** Consumer group; in broadcast mode only the beginning of its name. */
  group: string;
  mode?: TransportMode;
  logger: Logger;
  /** Partitions handled at a time, 1 if left out. Each partition still has one batch under way at most. */
  concurrency?: number;
  /**
   * Where a partition continues, for those who keep offsets outside Kafka: asked on every assignment, so that a partition
   * in which nothing new arrives is read from there as well, and for telling the lag. Null for a topic whose offsets Kafka keeps.
   */
  continueAt?: (topic: Topic, partition: number, purpose: 'reading' | 'lag') => Promise<bigint | null>;
  /** Told of offsets that hold no message, like the markers of transactions: from `first`, the partition goes on at `next`. */
  passed?: (topic: Topic, partition: number, first: bigint, next: bigint) => Promise<void>;
  /** Overrides of kafkajs's consumer settings, like `maxBytesPerPartition`. */
  consumer?: Partial<ConsumerConfig>;
}

/** How a transport is. */
export interface TransportState extends ConsumerState {
  /** Partitions that stand still, oldest first. */
  readonly blocked: readonly BlockedPartition[];
}

/** New partitions are noticed this late. */
const METADATA_AGE_MS = 30_000;
/** A partition that stands still for longer is told of. */
const BLOCKED_AFTER_MS = 10_000;

/**
 * Nest's way to Kafka: hands the messages of topics to methods with `@OnEvent` and `@OnBatch`.
 *
 * One loop per consumer owns all its state. kafkajs calls `eachBatch` one partition at a time; rebalances happen
 * between those calls, and whoever keeps offsets elsewhere re-reads them per batch, so no callback changes anything.
 */
export class KafkaTransport extends Server implements CustomTransportStrategy {
  override readonly transportId: symbol;
  /** A handler that throws is this transport's business. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly mode: TransportMode;
  private readonly catchUp = new CatchUp();
  private readonly pauses = new PartitionPauses();
  private readonly watch: TopicWatch;
  private readonly places = new Places((error, offsets) =>
    this.options.logger.debug({ err: error, offsets }, 'offsets not committed'),
  );
  private readonly parker: RawProducer;
  private readonly dispatcher: Dispatcher;
  private readonly kept: KeptConsumer;
  private readonly starting: StartingPlaces;
  private closed = false;
  private handling = 0;

  constructor(private readonly options: TransportOptions) {
    super();
    const { kafka, group, logger, continueAt } = options;
    this.mode = options.mode ?? 'group';
    this.transportId = TRANSPORT_IDS[this.mode];
    this.parker = new RawProducer(kafka);
    this.watch = new TopicWatch(kafka, logger, (remade) =>
      this.kept.renew(`${remade.join(', ')}: another topic of the same name`),
    );
    this.starting = new StartingPlaces({
      logger,
      watch: this.watch,
      topics: () => this.topics(),
      group: this.mode === 'group' ? group : null,
      keptElsewhere: continueAt === undefined ? null : (topic, partition) => continueAt(topic, partition, 'reading'),
      isCurrent: (consumer) => !this.closed && this.kept.consumer === consumer,
    });
    this.kept = new KeptConsumer({
      name: group,
      logger,
      busy: () => this.handling > 0,
      start: (born) => this.consume(born),
    });
    this.dispatcher = new Dispatcher({
      mode: this.mode,
      logger,
      parking: new Parking(group, this.parker, logger),
      pauses: this.pauses,
      catchUp: this.catchUp,
      handlers: this.messageHandlers,
      toObservable: (result) => this.transformToObservable(result),
      closed: () => this.closed,
      continueFrom: (payload, next) => this.continueFrom(payload, next),
      seek: (topic, partition, next) => this.kept.consumer?.seek({ topic, partition, offset: next.toString() }),
    });
  }

  listen(callback: (error?: unknown) => void): void {
    // Kafka may be away when a service starts; it begins to consume when the cluster is there.
    const topics = this.topics();
    countParked(topics);
    if (topics.length > 0) {
      this.kept.start();
      this.watch.start(topics);
    }
    callback();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pauses.close();
    await this.places.tell();
    await this.kept.close();
    await this.watch.close();
    await this.parker.disconnect();
  }

  on(): never {
    throw new Error('The Kafka transport has no events to listen to.');
  }

  unwrap<T>(): T {
    throw new Error('The consumer is the transport’s own.');
  }

  /** Resolves when everything that was in the topics at start has been handled. */
  caughtUp(): Promise<void> {
    return this.catchUp.wait();
  }

  /** Goes on from where partitions continue now: whoever keeps their places has moved them. */
  placeAgain(reason: string): void {
    this.kept.renew(reason);
  }

  /** Null while messages flow, else what is in the way: of all of them, or of a partition. */
  health(): string | null {
    const { reason, blocked } = this.state();
    if (reason !== null) return reason;
    const [oldest, ...others] = blocked.filter(({ since }) => Date.now() - since > BLOCKED_AFTER_MS);
    if (oldest === undefined) return null;
    const { topic, partition, offset, since, error } = oldest;
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return `${topic}, partition ${partition}, stands at offset ${offset} since ${new Date(since).toISOString()}: ${error}${more}`;
  }

  /** Whether it hears Kafka and since when, and which partitions stand still. */
  state(): TransportState {
    return { ...this.kept.state(), blocked: this.pauses.blocked() };
  }

  /** Since when no message can come; null while they flow. */
  deafSince(): Date | null {
    const { hears, since, starting } = this.kept.state();
    return hears || starting ? null : new Date(since);
  }

  /** How many messages it has not handled, all of its group. Throws when the broker, or whoever keeps its places, does not answer. */
  async lag(admin: Admin): Promise<TopicLag[]> {
    const topics = this.topics();
    if (this.mode === 'broadcast') return lagBehind(admin, topics, this.starting.read());
    const places = await committedPlaces(admin, this.options.group, topics);
    const { continueAt } = this.options;
    if (continueAt !== undefined)
      for (const topic of topics)
        for (const { partition } of await admin.fetchTopicOffsets(topic)) {
          const place = await continueAt(topic, partition, 'lag');
          if (place !== null) places.set(placeName(topic, partition), place);
        }
    return lagBehind(admin, topics, places);
  }

  /** The group it shares messages with; null for a broadcast reader. */
  get group(): string | null {
    return this.mode === 'group' ? this.options.group : null;
  }

  /** For people: its group, and for a broadcast reader that it reads for itself. */
  get name(): string {
    return this.mode === 'group' ? this.options.group : `${this.options.group} (broadcast)`;
  }

  private topics(): Topic[] {
    return [...this.messageHandlers.keys()].filter((pattern): pattern is Topic => pattern in TOPICS);
  }

  private async consume(born: (consumer: Consumer) => void): Promise<void> {
    const topics = this.topics();
    const { kafka, group, consumer: overrides } = this.options;
    await this.watch.look(topics);
    // Of this consumer: what it has read stays a place in these, whatever they turn out to be later.
    const identities = this.watch.identities();
    this.starting.readFrom(identities);
    if (this.mode === 'broadcast') {
      const admin = kafka.admin();
      await admin.connect();
      await this.catchUp.mark(admin, topics).finally(() => admin.disconnect());
    }
    const consumer = kafka.consumer({
      // A group of its own each time: nothing is committed, and no dead predecessor is waited for.
      groupId: this.mode === 'group' ? group : `${group}.${randomUUID()}`,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 1_000,
      // The broker answers as soon as there is a message; where there is none, twice a second is often enough.
      maxWaitTimeInMs: 500,
      metadataMaxAge: METADATA_AGE_MS,
      allowAutoTopicCreation: false,
      // Another one takes its place, whatever it ended of.
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8, restartOnFailure: async () => false },
      ...overrides,
    });
    this.pauses.forget();
    born(consumer);
    this.listenTo(consumer, identities);
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.options.concurrency ?? 1,
      eachBatch: async (payload) => {
        const topic = topics.find((name) => name === payload.batch.topic);
        if (topic === undefined || !(await this.starting.placed) || payload.isStale()) return;
        this.handling++;
        await this.dispatcher.dispatch(topic, { ...payload, identity: identities.get(topic) ?? null }).finally(() => {
          this.handling--;
        });
      },
    });
  }

  private listenTo(consumer: Consumer, identities: TopicIdentities): void {
    let sinceFetch = 0;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      sinceFetch = 0;
      this.catchUp.joined();
      this.places.forget();
      this.pauses.goOn();
      this.starting.seek(consumer, payload.memberAssignment);
    });
    consumer.on(consumer.events.FETCH_START, ({ payload }) => this.catchUp.asks(payload.nodeId));
    consumer.on(consumer.events.FETCH, ({ payload }) => {
      if (sinceFetch === 0) this.catchUp.fetchedNothing(payload.nodeId);
      sinceFetch = 0;
    });
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      sinceFetch++;
      const topic = this.topics().find((name) => name === payload.topic);
      if (payload.batchSize === 0 && topic !== undefined)
        this.passMarkers(
          consumer,
          { topic, partition: payload.partition, identity: identities.get(topic) ?? null },
          payload,
        );
    });
  }

  /** Offsets without a message; kafkajs goes on behind them without a word to the handler. */
  private passMarkers(
    consumer: Consumer,
    { topic, partition, identity }: ReadPartition,
    { firstOffset, lastOffset }: { readonly firstOffset: string | null; readonly lastOffset: string },
  ): void {
    const next = BigInt(lastOffset) + 1n;
    this.catchUp.handled(topic, partition, lastOffset);
    if (this.mode === 'broadcast') {
      this.starting.note(placeName(topic, partition), { identity, next });
      return;
    }
    const batch = { topic, partition };
    this.places.set({ batch, identity, commitOffsetsIfNecessary: committing(consumer) }, next);
    if (firstOffset === null) return;
    this.options
      .passed?.(topic, partition, BigInt(firstOffset), next)
      .catch((error: unknown) => this.options.logger.debug({ err: error, topic, partition }, 'offsets not passed'));
  }

  /**
   * Broadcast readers leave no trace; everybody else's place is kept by the broker. Nobody waits for it: the next messages
   * are on their way meanwhile, and those of a place that was lost come again.
   */
  private async continueFrom(payload: Parameters<Places['set']>[0], next: bigint): Promise<void> {
    const { topic, partition } = payload.batch;
    if (this.mode === 'broadcast') {
      this.starting.note(placeName(topic, partition), { identity: payload.identity, next });
      return;
    }
    this.places.set(payload, next);
    // The last ones, though, before the connection ends.
    if (this.closed) await this.places.tell();
  }
}

interface ReadPartition {
  readonly topic: Topic;
  readonly partition: number;
  readonly identity: TopicIdentity | null;
}

export type { BatchResult, IncomingBatch, TransportMode } from './decorators.js';
export { OnBatch, OnEvent, OnEvents, OnEventsTogether } from './decorators.js';
export type { IncomingEvent, InvalidEvent, RawMessage } from './message.js';
