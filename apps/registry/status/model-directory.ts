import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ModelDefinition } from '#contracts/model-definition';
import { ProblemError } from '#platform/problem';
import { ModelStore } from '../storage/model-store.js';
import { MODEL_DEFINITIONS } from '../tokens.js';

const NAMES = 'select model from registry.models order by model';
const EXISTS = 'select 1 from registry.models where model = $1';

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

  async names(): Promise<string[]> {
    const rows = await this.dataSource.query<{ model: string }[]>(NAMES);
    return rows.map(({ model }) => model);
  }

  /** Throws a 404 for a model there is not. */
  async expect(model: string): Promise<void> {
    const rows = await this.dataSource.query<unknown[]>(EXISTS, [model]);
    if (rows.length > 0) return;
    const names = await this.names();
    throw new ProblemError(404, 'Not found', `There is no model "${model}"; there are: ${names.join(', ')}.`, [
      { field: 'model', detail: `"${model}" is not there` },
    ]);
  }
}
