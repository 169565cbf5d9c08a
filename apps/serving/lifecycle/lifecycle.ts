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
import type { Logger } from '#platform/logging';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { Follower } from '../deployment/follower.js';
import { HeartbeatService } from '../deployment/heartbeat.js';
import { SavedStates } from '../deployment/saved-states.js';
import { GrpcServer } from '../grpc/grpc-server.js';
import { LOGGER, type ServingTransport, TRANSPORT } from '../keys.js';
import { PredictionLog } from '../prediction-log/prediction-log.js';
import { showConnected } from './connected.js';
import { Drain } from './drain.js';

/** Kafka being away must not keep an instance from stopping. */
const FAREWELL_MS = 3000;

/** How long to wait for the desired state before answering by what the disk says, and before listening in any case. */
const WAIT_FOR_KAFKA_MS = 2_000;
const LONGEST_WAIT_MS = 5_000;

/** For requests on connections that were made just before the listener closed. */
const LAST_REQUESTS_MS = 100;

/** Starts and stops the parts in order. */
@Injectable()
export class Lifecycle implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  constructor(
    @Inject(TRANSPORT) private readonly transport: ServingTransport,
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
    showConnected(transport);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.follower.resume();
    void this.transport.caughtUp().then(() => this.follower.caughtUp());
  }

  /**
   * Resolves when requests can be answered by what is live, or by what was when Kafka is out of reach; at the latest when it is not
   * worth waiting any longer, so that health can be asked for.
   */
  async canAnswer(): Promise<void> {
    const start = Date.now();
    const waited = (): number => Date.now() - start;
    while (this.follower.unreadiness(Date.now()) !== null && waited() < LONGEST_WAIT_MS) {
      if (this.follower.knowsNothing() || (waited() > WAIT_FOR_KAFKA_MS && this.follower.answersFromDisk())) break;
      await pause(10);
    }
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
    const farewell = Promise.all([this.heartbeat.sayGoodbye(), this.log.close(FAREWELL_MS), this.saved.written()]);
    await Promise.race([farewell, pause(FAREWELL_MS + 500)]).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'Kafka was not told goodbye'),
    );
  }
}
