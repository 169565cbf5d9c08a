import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { Inject, Injectable } from '@nestjs/common';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { Catalogue } from '../inference/catalogue.js';
import { LOGGER } from '../keys.js';
import { Drain } from '../lifecycle/drain.js';
import { InferenceCalls } from './inference-calls.js';
import { OpenStreams } from './open-streams.js';

const SERVICE = 'inference.GRPCInferenceService';
const LOADING = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true };

/** How long what grpc.health.v1 says may be behind. */
const HEALTH_EVERY_MS = 200;

/** How long an answer may take to reach its caller when the server stops. */
const LAST_ANSWERS_MS = 5_000;

/**
 * The Open Inference Protocol over gRPC, with gRPC's own health protocol and server reflection, for instances with a
 * GRPC_PORT.
 */
@Injectable()
export class GrpcServer {
  private server: Server | null = null;
  private readonly health = new HealthImplementation();
  /** What {@link health} says; null before it said anything. */
  private told: boolean | null = null;
  private readonly streams = new OpenStreams();

  constructor(
    @Inject(InferenceCalls) private readonly calls: InferenceCalls,
    @Inject(Catalogue) private readonly catalogue: Catalogue,
    @Inject(Drain) private readonly drain: Drain,
    @Inject(Loops) private readonly loops: Loops,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Listens, if there is a port. */
  async start(): Promise<void> {
    const { GRPC_PORT: port, HOST: host, INFER_BODY_LIMIT: limit } = this.config;
    if (port === undefined) return;
    const file = fileURLToPath(new URL('./open-inference.proto', import.meta.url));
    const described = loadSync([file, healthProto], LOADING);
    const service = described[SERVICE];
    if (service === undefined || 'format' in service) throw new Error(`${file} does not define ${SERVICE}`);
    const server = new Server({
      'grpc.max_receive_message_length': limit,
      'grpc.max_send_message_length': -1,
      interceptors: [this.streams.interceptor],
    });
    server.addService(service, this.calls.handlers());
    this.health.addToServer(server);
    new ReflectionService(described).addToServer(server);
    this.tellHealth();
    const { logger } = this;
    const step = async (): Promise<void> => this.tellHealth();
    this.loops.add(new Loop({ name: 'gRPC health', everyMs: HEALTH_EVERY_MS, step, logger }));
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const bound = await new Promise<number>((resolve, reject) => {
      server.bindAsync(authority, ServerCredentials.createInsecure(), (error, at) =>
        error ? reject(error) : resolve(at),
      );
    });
    this.server = server;
    this.logger.info({ port: bound }, 'answers gRPC');
  }

  /** Takes no more requests, ends the streams, and resolves when the requests under way are answered. */
  async stop(): Promise<void> {
    this.tellHealth();
    const { server } = this;
    if (server === null) return;
    const stopped = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    this.streams.end();
    const late = setTimeout(() => server.forceShutdown(), LAST_ANSWERS_MS);
    await stopped;
    clearTimeout(late);
  }

  /** Once a change, as whoever watches hears all that is said. The server as a whole has the empty name in gRPC's health protocol. */
  private tellHealth(): void {
    const serves = this.catalogue.ready() && !this.drain.active;
    if (serves === this.told) return;
    this.told = serves;
    for (const name of ['', SERVICE]) this.health.setStatus(name, serves ? 'SERVING' : 'NOT_SERVING');
  }
}
