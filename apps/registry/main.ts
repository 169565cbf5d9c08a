import { createKafka } from '#kafka/connection';
import { KafkaTransport } from '#kafka/transport';
import { loadConfig } from '#platform/config';
import { createLogger } from '#platform/logging';
import { startService } from '#platform/service';
import { RegistryConfig } from './config.js';
import { serveConsole } from './http/console.js';
import { RegistryModule } from './registry.module.js';
import { addModelUploads } from './training/model-uploads.js';

const config = loadConfig(RegistryConfig);
const logger = createLogger('registry', config.LOG_LEVEL);
const kafka = createKafka(config, 'ratchet-registry', logger);
const group = new KafkaTransport({
  kafka,
  group: 'ratchet-registry',
  mode: 'group',
  logger,
  // The shortest a broker grants by default: after a kill, commands on Kafka wait this long for the successor.
  consumer: { sessionTimeout: 6_000 },
});
const broadcast = new KafkaTransport({
  kafka,
  group: 'ratchet-registry-watch',
  mode: 'broadcast',
  logger,
  // What it watches is for people and may be 100 ms old; read one by one, acknowledgements would delay the deciding.
  consumer: { minBytes: 1024 * 1024 },
});

await startService({
  name: 'registry',
  module: RegistryModule.with({ config, logger, kafka, group, broadcast }),
  config,
  logger,
  transports: [broadcast, group],
  configure: async (app) => {
    await addModelUploads(app);
    await serveConsole(app.getHttpAdapter().getInstance(), config.CONSOLE_DIR);
  },
});
