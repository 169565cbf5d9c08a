import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import type { HttpEnv } from './config.js';
import { endWhenLost } from './end-when-lost.js';
import { Health, HealthController } from './health.js';
import { type Logger, NestLogger } from './logging.js';
import { Loops, loopsModule } from './loop/loops.js';
import { ProblemFilter, problemOf, sendProblem } from './problem.js';
import { limitSlowBodies, refuseConnection } from './slow-bodies.js';
import { startTracing, stopTracing } from './tracing/tracing.js';

export interface ServiceOptions {
  name: string;
  /** The service's own module. */
  module: Type | DynamicModule;
  config: HttpEnv;
  logger: Logger;
  /** Kafka sides of the service; started after HTTP listens, closed before it stops. */
  transports?: CustomTransportStrategy[];
  /** Holds the service to its table of HTTP operations, like `answering('registry')` of libs/http. */
  operations: (app: NestFastifyApplication) => void;
  /** Largest request body in bytes; 1 MiB if left out. */
  bodyLimit?: number;
  /** False where requests are too many to be measured one by one. */
  measureRequests?: boolean;
  /** Its port opens, with Kafka connected already, when this resolves: callers find nobody rather than somebody who cannot answer. */
  beforeListening?: (app: NestFastifyApplication) => Promise<void>;
  /** False where other processes listen and hand on what they are asked about this one. */
  listens?: boolean;
  /** Called with the application before it listens, to add raw Fastify routes or parsers. */
  configure?: (app: NestFastifyApplication) => Promise<void> | void;
}

const requestSeconds = new Histogram({
  name: 'ratchet_http_request_seconds',
  help: 'From the head of an HTTP request to its answer. Serving measures its predictions itself, in buckets of their own.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

/** A graceful stop that takes longer than this is cut off. */
const STOP_DEADLINE_MS = 25_000;

/** EX_SOFTWARE of sysexits.h: the next process will do better. */
const EXIT_LOST = 70;

/**
 * Runs a Nest service: HTTP with health and metrics, Kafka transports, problem details for errors, and a graceful stop
 * on SIGTERM and SIGINT that finishes what is under way.
 */
export async function startService(options: ServiceOptions): Promise<NestFastifyApplication> {
  const { name, logger, measureRequests: oneByOne = true, listens = true } = options;
  const { REQUEST_TIMEOUT_MS: patienceMs } = options.config;
  // By default a timer of 10 ms measures the delay of the event loop: a hundred wake-ups a second in every idle service.
  collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 });
  await startTracing(name, logger);
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimit ?? 1024 * 1024,
    // A name of 200 characters, as an address writes them.
    routerOptions: { maxParamLength: 2_400 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Looked at once a second: Node's own 30 s would make a time-out of any length as long.
    http: { headersTimeout: patienceMs, connectionsCheckingInterval: Math.min(1_000, patienceMs) },
    // A streamed body may take as long as it likes; where none is, whole requests are timed, at no cost.
    requestTimeout: oneByOne ? 0 : patienceMs,
    clientErrorHandler: refuseConnection,
    // What Fastify itself cannot read, like the path /v1/%zz.
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(reply, problemOf(error)),
  });
  const module: DynamicModule = {
    module: class ServiceModule {},
    imports: [loopsModule(), options.module],
    controllers: [HealthController],
    providers: [Health],
  };
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(logger));
  if (oneByOne) measureRequests(app);
  if (oneByOne) limitSlowBodies(app.getHttpAdapter().getInstance(), patienceMs);
  if (listens) options.operations(app);
  await options.configure?.(app);
  for (const strategy of options.transports ?? []) app.connectMicroservice({ strategy });

  let stopping = false;
  const stop = (why: string, code = 0): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ why }, 'stopping');
    setTimeout(() => {
      logger.error('did not stop in time, giving up');
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    app
      .close()
      .then(stopTracing)
      .then(
        () => process.exit(code),
        (error: unknown) => {
          logger.error({ err: error }, 'did not stop cleanly');
          process.exit(1);
        },
      );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('unhandledRejection', (error) => {
    logger.fatal({ err: error }, 'unhandled rejection');
    process.exit(1);
  });

  app.get(Loops).add(endWhenLost(app.get(Health), logger, () => stop('a new process is needed', EXIT_LOST)));
  await app.init();
  // Kafka first where the port waits for it.
  if (options.beforeListening !== undefined) {
    await app.startAllMicroservices();
    await options.beforeListening(app);
  }
  if (listens) await app.listen(options.config.PORT, options.config.HOST);
  app.get(Loops).start();
  if (options.beforeListening === undefined) await app.startAllMicroservices();
  logger.info(listens ? { url: await app.getUrl() } : {}, `${name} is up`);
  return app;
}

/** Streams, like the console's events, are measured when they end. */
function measureRequests(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      requestSeconds.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
      done();
    });
}
