import { createKafka } from '#kafka/connection';
import { KafkaTransport } from '#kafka/transport';
import { loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { startService } from '#platform/service';
import { ServingEnv, servingConfig } from './config.js';
import { ServingRoutes } from './http/routes.js';
import { servingModule } from './serving.module.js';

const config = servingConfig(loadConfig(ServingEnv));
const logger = createLogger('serving', config.LOG_LEVEL).child({ instance: config.instance });
const kafka = createKafka(config, `serving-${config.instance}`, logger);
const transport = new KafkaTransport({ kafka, group: `serving.${config.instance}`, mode: 'broadcast', logger });

await startService({
  name: 'serving',
  module: servingModule({ config, kafka, transport, logger }),
  config,
  logger,
  transports: [transport],
  measureRequests: false,
  configure: (app) => app.get(ServingRoutes).register(app.getHttpAdapter().getInstance()),
});
