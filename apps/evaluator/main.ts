import { openArtifactStore } from '#artifacts/store';
import { Backbone } from '#backbone/backbone';
import { EvaluatorConfig } from './config.js';
import { evaluatorModule } from './evaluator.module.js';
import { entities } from './storage/evaluation-store.js';

const backbone = Backbone.of(EvaluatorConfig, { name: 'evaluator' });
const { config } = backbone;
backbone.followModelDefinitions('files');
await backbone.openDatabase(config, 'evaluation', entities);
backbone.consume({
  group: 'ratchet.evaluator',
  // The shortest a broker grants by default: after a kill, what waits on Kafka waits this long for the successor.
  consumer: { sessionTimeout: 6_000 },
});

await backbone.run(evaluatorModule({ config, artifacts: openArtifactStore(config) }));
