import { openArtifactStore } from '#artifacts/store';
import { Backbone } from '#backbone/backbone';
import { TrainerConfig } from './config.js';
import { addCompletions } from './leases/completions.js';
import { trainerModule } from './trainer.module.js';

const backbone = Backbone.of(TrainerConfig, { name: 'trainer' });
const { config } = backbone;
const { dataSource, outbox } = await backbone.openDatabase(config, 'training', []);
backbone.followModelDefinitions('topic');
backbone.consume({
  group: 'ratchet.trainer',
  // The shortest a broker grants by default: after a kill, requests on Kafka wait this long for the successor.
  consumer: { sessionTimeout: 6_000 },
});

const module = trainerModule({ config, dataSource, outbox, store: openArtifactStore(config) });
await backbone.run(module, { configure: addCompletions });
