import { type ModelDefinition, Monitoring } from '#contracts/model-definition';

/** What the definitions say about watching models; the defaults hold for a model whose definition is gone. */
export class ModelRules {
  constructor(private readonly definitions: ReadonlyMap<string, ModelDefinition>) {}

  models(): readonly string[] {
    return [...this.definitions.keys()];
  }

  monitoring(model: string): Monitoring {
    return this.definitions.get(model)?.monitoring ?? Monitoring.parse({});
  }
}
