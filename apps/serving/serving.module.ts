import { type DynamicModule, Module } from '@nestjs/common';
import type { Kafka } from '#kafka/connection';
import { EventProducer } from '#kafka/producer';
import type { KafkaTransport } from '#kafka/transport';
import { READINESS_CHECKS } from '#platform/health';
import type { Logger } from '#platform/logging';
import { TokensFileVerifier } from './access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from './config.js';
import { Decider } from './decide/decider.js';
import { PredictionLog } from './decide/prediction-log.js';
import { Acknowledger } from './deployment/acknowledger.js';
import { DesiredStateController } from './deployment/desired-state.controller.js';
import { Follower } from './deployment/follower.js';
import { HeartbeatService } from './deployment/heartbeat.js';
import { SavedStates } from './deployment/saved-states.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { RateLimit } from './http/rate-limit.js';
import { ServingRoutes } from './http/routes.js';
import { Catalogue } from './inference/catalogue.js';
import { Inference } from './inference/inference.js';
import { LOGGER, PREDICTION_PRODUCER, PRODUCER, TRANSPORT } from './injection.js';
import { Drain } from './lifecycle/drain.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { readinessChecks } from './lifecycle/readiness.js';
import { ModelLoader } from './loading/model-loader.js';

export interface ServingParts {
  readonly config: ServingConfig;
  readonly kafka: Kafka;
  readonly transport: KafkaTransport;
  readonly logger: Logger;
}

@Module({})
class ServingModule {}

export function servingModule({ config, kafka, transport, logger }: ServingParts): DynamicModule {
  const producer = (): EventProducer =>
    new EventProducer({ kafka, source: `ratchet/serving/${config.instance}`, logger });
  return {
    module: ServingModule,
    controllers: [DesiredStateController],
    providers: [
      { provide: SERVING_CONFIG, useValue: config },
      { provide: LOGGER, useValue: logger },
      { provide: TRANSPORT, useValue: transport },
      { provide: PRODUCER, useFactory: producer },
      { provide: PREDICTION_PRODUCER, useFactory: producer },
      { provide: READINESS_CHECKS, useFactory: readinessChecks, inject: [Follower, TRANSPORT, Drain] },
      TokensFileVerifier,
      ModelLoader,
      SavedStates,
      Acknowledger,
      Follower,
      HeartbeatService,
      PredictionLog,
      Decider,
      Catalogue,
      Inference,
      Drain,
      GrpcServer,
      RateLimit,
      ServingRoutes,
      Lifecycle,
    ],
  };
}
