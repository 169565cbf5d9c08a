import { Backbone } from '#backbone/backbone';
import { loadConfig } from '#platform/config';
import { ServingEnv, servingConfig } from './config.js';
import { serve } from './serve.js';

const config = servingConfig(loadConfig(ServingEnv));
const backbone = new Backbone(config, { name: 'serving', instance: config.instance });
const transport = backbone.consume({ group: `serving.${config.instance}`, mode: 'broadcast' });

if (config.SERVING_WORKERS === 1) await serve(backbone, { transport, producer: backbone.producer });
else await (await import('./workers/primary.js')).keepWorkers(backbone, transport);
