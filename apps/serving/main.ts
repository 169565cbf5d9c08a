import { Backbone } from '#backbone/backbone';
import { loadConfig } from '#platform/config';
import { ServingEnv, servingConfig } from './config.js';
import { ServingRoutes } from './http/routes.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { servingModule } from './serving.module.js';

const config = servingConfig(loadConfig(ServingEnv));
const backbone = new Backbone(config, { name: 'serving', instance: config.instance });
const transport = backbone.consume({ group: `serving.${config.instance}`, mode: 'broadcast' });
backbone.followModelDefinitions('topic', transport);

await backbone.run(servingModule({ config, transport }), {
  readiness: 'its own',
  measureRequests: false,
  beforeListening: (app) => app.get(Lifecycle).canAnswer(),
  configure: (app) => app.get(ServingRoutes).register(app.getHttpAdapter().getInstance()),
});
