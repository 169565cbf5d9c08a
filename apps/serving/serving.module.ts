import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import type { EventProducer } from '#kafka/produce/producer';
import { READINESS_CHECKS } from '#platform/health';
import { TokensFileVerifier } from './access/tokens-file.js';
import { SERVING_CONFIG, type ServingConfig } from './config.js';
import { ActionDecider } from './decide/decider.js';
import { Acknowledger } from './deployment/acknowledger.js';
import { DesiredStateController } from './deployment/desired-state.controller.js';
import { Follower } from './deployment/follower.js';
import { HeartbeatService } from './deployment/heartbeat.js';
import { SavedStates } from './deployment/saved-states.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { InferenceCalls } from './grpc/inference-calls.js';
import { RateLimit } from './http/rate-limit.js';
import { ServingRoutes } from './http/routes.js';
import { AboutModels } from './inference/about-models.js';
import { Catalogue } from './inference/catalogue.js';
import { Inference } from './inference/inference.js';
import { PRODUCER, type ServingTransport, TRANSPORT } from './keys.js';
import { Drain } from './lifecycle/drain.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { readinessChecks } from './lifecycle/readiness.js';
import { ModelLoader } from './loading/model-loader.js';
import { PredictionLog } from './prediction-log/prediction-log.js';

export interface ServingParts {
  readonly config: ServingConfig;
  readonly transport: ServingTransport;
  /** For heartbeats and acknowledgements. */
  readonly producer: Pick<EventProducer, 'publish' | 'tombstone'>;
  /** What takes the place of others. */
  readonly instead?: readonly Provider[];
}

@Module({})
class ServingModule {}

export function servingModule({ config, transport, producer, instead = [] }: ServingParts): DynamicModule {
  return {
    module: ServingModule,
    controllers: [DesiredStateController],
    providers: [
      { provide: SERVING_CONFIG, useValue: config },
      { provide: TRANSPORT, useValue: transport },
      { provide: PRODUCER, useValue: producer },
      {
        provide: READINESS_CHECKS,
        useFactory: readinessChecks,
        inject: [Follower, TRANSPORT, Drain, HeartbeatService],
      },
      TokensFileVerifier,
      ModelLoader,
      SavedStates,
      Acknowledger,
      Follower,
      HeartbeatService,
      PredictionLog,
      ActionDecider,
      Catalogue,
      Inference,
      Drain,
      AboutModels,
      InferenceCalls,
      GrpcServer,
      RateLimit,
      ServingRoutes,
      Lifecycle,
      ...instead,
    ],
  };
}
