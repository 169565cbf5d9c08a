import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ModelDefinition } from '#contracts/model-definition';
import { ProblemError } from '#platform/problem';
import { MODEL_DEFINITIONS } from '../keys.js';
import { ModelStore } from '../storage/model-store.js';

/** Which models there are: those with a definition, and those that ever had a version. */
@Injectable()
export class ModelDirectory implements OnApplicationBootstrap {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const model of this.definitions.keys()) await this.models.ensure(this.dataSource.manager, model);
  }

  names(): Promise<string[]> {
    return this.models.names(this.dataSource.manager);
  }

  /** Throws a 404 for a model there is not. */
  async expect(model: string): Promise<void> {
    const names = await this.names();
    if (names.includes(model)) return;
    throw new ProblemError(404, 'Not found', `There is no model "${model}"; there are: ${names.join(', ')}.`, [
      { field: 'model', detail: `"${model}" is not there` },
    ]);
  }
}
