import { Inject, Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { DeploymentDecisions } from '../deployments/decisions.service.js';
import { LOGGER } from '../keys.js';
import { ModelStore } from '../storage/model-store.js';
import { CanaryObserver } from './canary-observer.js';

const moves = new Counter({
  name: 'ratchet_canary_moves_total',
  help: 'Canaries that got a larger share of the tasks, or were taken back, without an operator.',
  labelNames: ['model', 'action'],
});

/** Who it is in the audit log. */
const ACTOR = 'canary';

/**
 * Moves canaries by what their outcomes say. Looking and deciding happen under the lock of the model: of several
 * registries one takes the step, and the others find the next one just begun.
 */
@Injectable()
export class CanaryWatch {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(DeploymentDecisions) private readonly decisions: DeploymentDecisions,
    @Inject(CanaryObserver) private readonly observer: CanaryObserver,
    @Inject(REGISTRY_CONFIG) config: RegistryConfig,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const everyMs = config.CANARY_CHECK_SECONDS * 1000;
    loops.add(new Loop({ name: 'canaries', everyMs, step: () => this.work(), logger }));
  }

  private async work(): Promise<void> {
    for (const model of await this.models.withCanary(this.dataSource.manager)) await this.look(model);
  }

  private async look(model: string): Promise<void> {
    await this.decisions.transaction(async (manager) => {
      const taken = await this.models.take(manager, model);
      const active = taken?.state.active;
      // Until every instance has followed the step, its share is not the traffic's.
      if (taken === null || active?.phase !== 'canary' || active.deadline_at !== null) return;
      const observed = await this.observer.observe(manager, model, active, new Date());
      const { decision } = observed;
      if (decision.action === 'hold') return;
      const command = { actor: ACTOR, reason: decision.reasons.join(' '), expectedGeneration: taken.state.generation };
      const goesOn = decision.action === 'advance' || decision.action === 'won';
      const decided = await this.decisions.decide(
        manager,
        taken,
        goesOn
          ? {
              kind: 'canary-advance',
              ...command,
              outcomes: observed.all.canary.outcomes,
              won: decision.action === 'won',
            }
          : {
              kind: 'canary-abort',
              ...command,
              trigger: observed.kind,
            },
      );
      if (decided.kind !== 'changed') return;
      moves.inc({ model, action: decision.action });
      this.logger.info({ model, version: active.to.version, ...decision }, 'the canary moves');
    });
  }
}
