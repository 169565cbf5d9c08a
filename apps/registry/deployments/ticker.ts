import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { LOGGER } from '../keys.js';
import { ModelStore } from '../storage/model-store.js';
import { DeploymentDecisions } from './decisions.service.js';
import { ListeningTime } from './listening-time.js';

const INTERVAL_MS = 500;
/** After a start or an outage, the acknowledgements of meanwhile are read before a deadline counts. */
const STEADY_MS = 5_000;

/** Lets running deployments see that time passes and that instances come and go. */
@Injectable()
export class Ticker {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(ListeningTime) private readonly listening: ListeningTime,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'running deployments', everyMs: INTERVAL_MS, step: () => this.work(), logger }));
  }

  private async work(): Promise<void> {
    if (this.listening.forMs() < STEADY_MS) return;
    for (const model of await this.models.withRunningDeployment(this.dataSource.manager))
      await this.decisions.run(model, [{ kind: 'tick' }]);
  }
}
