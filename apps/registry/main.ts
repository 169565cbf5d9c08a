import { Backbone } from '#backbone/backbone';
import { RegistryConfig } from './config.js';
import { serveConsole } from './http/console.js';
import { registryModule } from './registry.module.js';
import { entities } from './storage/entities.js';
import { addModelUploads } from './training/model-uploads.js';

const backbone = Backbone.of(RegistryConfig, { name: 'registry' });
const { config } = backbone;
await backbone.openDatabase(config, 'registry', entities);
const broadcast = backbone.consume({
  group: 'ratchet-registry-watch',
  mode: 'broadcast',
  // What it watches is for people and may be 250 ms old; read one by one, acknowledgements would delay the deciding.
  consumer: { minBytes: 1024 * 1024, maxWaitTimeInMs: 250 },
});
backbone.followModelDefinitions('files', broadcast);
const group = backbone.consume({
  group: 'ratchet-registry',
  // The shortest a broker grants by default: after a kill, commands on Kafka wait this long for the successor.
  consumer: { sessionTimeout: 6_000 },
});

await backbone.run(registryModule({ config, group, broadcast }), {
  configure: async (app) => {
    await addModelUploads(app);
    await serveConsole(app.getHttpAdapter().getInstance(), config.CONSOLE_DIR);
  },
});
