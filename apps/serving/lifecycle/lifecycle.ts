import { Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Gauge } from 'prom-client';
import type { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { PredictionLog } from '../decide/prediction-log.js';
import { Follower } from '../deployment/follower.js';
import { HeartbeatService } from '../deployment/heartbeat.js';
import { SavedStates } from '../deployment/saved-states.js';
import { GrpcServer } from '../grpc/grpc-server.js';
import { LOGGER, PREDICTION_PRODUCER, PRODUCER, TRANSPORT } from '../injection.js';
import { Drain } from './drain.js';

/** Kafka being away must not keep an instance from stopping. */
const FAREWELL_MS = 3000;

/** For requests on connections that were made just before the listener closed. */
const LAST_REQUESTS_MS = 100;

/** Starts and stops the parts in order. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(TRANSPORT) private readonly transport: KafkaTransport,
    @Inject(PRODUCER) private readonly producer: EventProducer,
    @Inject(PREDICTION_PRODUCER) private readonly predictionProducer: EventProducer,
    @Inject(Follower) private readonly follower: Follower,
    @Inject(HeartbeatService) private readonly heartbeat: HeartbeatService,
    @Inject(PredictionLog) private readonly log: PredictionLog,
    @Inject(SavedStates) private readonly saved: SavedStates,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(GrpcServer) private readonly grpc: GrpcServer,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const { transport: kafka } = this;
    new Gauge({
      name: 'ratchet_serving_kafka_connected',
      help: '1 while the desired state is being read from Kafka, 0 while this instance is cut off.',
      collect() {
        this.set(kafka.health() === null ? 1 : 0);
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.follower.resume();
    await this.grpc.start();
    this.heartbeat.start();
    void this.transport.caughtUp().then(() => this.follower.caughtUp());
  }

  /** First of all when stopping, while requests are still taken: lets callers move away. */
  async onModuleDestroy(): Promise<void> {
    this.drain.active = true;
    await Promise.race([this.heartbeat.drain(), pause(this.config.DRAIN_MS)]);
    await pause(this.config.DRAIN_MS);
    // Node closes idle connections together with the listener, and one just made is idle until its request is read.
    const server: unknown = this.http.httpAdapter.getHttpServer();
    if (server instanceof Server) Server.prototype.close.call(server);
    await Promise.all([this.grpc.stop(), pause(LAST_REQUESTS_MS)]);
  }

  /** After the last answer. */
  async onApplicationShutdown(): Promise<void> {
    this.follower.close();
    const farewell = Promise.all([
      this.heartbeat.sayGoodbye().then(() => this.producer.disconnect()),
      this.log.close(FAREWELL_MS).then(() => this.predictionProducer.disconnect()),
      this.saved.written(),
    ]);
    await Promise.race([farewell, pause(FAREWELL_MS + 500)]).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'Kafka was not told goodbye'),
    );
  }
}
