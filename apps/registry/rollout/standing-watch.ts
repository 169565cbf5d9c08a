import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { DeploymentDecisions } from '../deployments/decisions.service.js';
import { LOGGER } from '../keys.js';
import { StandingStore } from '../storage/standing-store.js';

const EVERY_MS = 2_000;

/** Has instances say so in their answers while the live version is worse than always giving the same answer. */
@Injectable()
export class StandingWatch {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(StandingStore) private readonly standings: StandingStore,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'degraded versions', everyMs: EVERY_MS, step: () => this.work(), logger }));
  }

  private async work(): Promise<void> {
    for (const { model, version, degraded } of await this.standings.read(this.dataSource.manager))
      await this.decisions.run(model, [{ kind: 'standing', version, degraded }]);
  }
}
