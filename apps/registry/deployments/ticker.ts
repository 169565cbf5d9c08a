import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Recurring } from '../recurring.js';
import { ModelStore } from '../storage/model-store.js';
import { LOGGER } from '../tokens.js';
import { Decisions } from './decisions.service.js';
import { Hearing } from './hearing.js';

const INTERVAL_MS = 500;
/** After a start or an outage, the acknowledgements of meanwhile are read before a deadline counts. */
const STEADY_MS = 5_000;

/** Lets running deployments see that time passes and that instances come and go. */
@Injectable()
export class Ticker extends Recurring {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(Decisions) private readonly decisions: Decisions,
    @Inject(Hearing) private readonly hearing: Hearing,
    @Inject(LOGGER) logger: Logger,
  ) {
    super('running deployments', INTERVAL_MS, logger);
  }

  protected async work(): Promise<void> {
    if (this.hearing.forMs() < STEADY_MS) return;
    for (const model of await this.models.withRunningDeployment(this.dataSource.manager))
      await this.decisions.run(model, [{ kind: 'tick' }]);
  }
}
