import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Backbone } from '#backbone/backbone';
import type { ServingConfig } from './config.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { ServingRoutes } from './http/routes.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { type ServingParts, servingModule } from './serving.module.js';

export interface ServeParts extends Omit<ServingParts, 'config'> {
  /** Called before its routes are there. */
  readonly configure?: (app: NestFastifyApplication) => void;
  /** Called when it begins to follow the desired state. */
  readonly follows?: (app: NestFastifyApplication) => void;
  /** Its ports open when this resolves, asked once it can answer. */
  readonly mayListen?: (app: NestFastifyApplication) => Promise<void>;
}

/** Answers predictions until it is told to stop. */
export async function serve(backbone: Backbone<ServingConfig>, parts: ServeParts): Promise<void> {
  const { config } = backbone;
  backbone.followModelDefinitions('topic', parts.transport);
  await backbone.run(servingModule({ config, ...parts }), {
    readiness: 'its own',
    measureRequests: false,
    configure: (app) => {
      parts.configure?.(app);
      return app.get(ServingRoutes).register(app.getHttpAdapter().getInstance());
    },
    beforeListening: async (app) => {
      parts.follows?.(app);
      await app.get(Lifecycle).canAnswer();
      await parts.mayListen?.(app);
      await app.get(GrpcServer).start();
    },
  });
}
