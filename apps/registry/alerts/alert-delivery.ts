import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';
import { LOGGER } from '../keys.js';
import { AlertDeliveryStore } from '../storage/alert-delivery-store.js';
import { type AlertTarget, alertTargets } from './targets.js';

const delivered = new Counter({
  name: 'ratchet_alert_deliveries_total',
  help: 'Attempts to tell a target of an alert, by outcome (told, failed).',
  labelNames: ['target', 'outcome'],
});
const waiting = new Gauge({
  name: 'ratchet_alert_deliveries_waiting',
  help: 'News of alerts, firing or resolved, that a target has not taken yet.',
  labelNames: ['target'],
});

const INTERVAL_MS = 1_000;

/**
 * Tells webhook and Alertmanager of alerts, at least once each and in order. What is due follows from the tables alone, so
 * that an alert that was raised while this registry or the target was down is told when both are back.
 */
@Injectable()
export class AlertDelivery {
  private readonly targets: readonly AlertTarget[];
  private readonly begun = new Set<string>();

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(AlertDeliveryStore) private readonly deliveries: AlertDeliveryStore,
    @Inject(REGISTRY_CONFIG) config: RegistryConfig,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    loops.add(new Loop({ name: 'alert delivery', everyMs: INTERVAL_MS, step: () => this.work(), logger }));
    this.targets = alertTargets(config);
    for (const { name } of this.targets)
      for (const outcome of ['told', 'failed']) delivered.inc({ target: name, outcome }, 0);
  }

  private async work(): Promise<void> {
    // One that does not answer must not keep the news from the other.
    await Promise.all(this.targets.map((target) => this.serve(target)));
  }

  private serve(target: AlertTarget): Promise<void> {
    const { name } = target;
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.deliveries.lock(manager, name))) return;
      if (!this.begun.has(name)) await this.deliveries.begin(manager, name);
      this.begun.add(name);
      for (const notice of await this.deliveries.due(manager, name, target.again_seconds)) {
        const problem = await target.send(notice).then(
          () => null,
          (error: unknown) => reasonOf(error),
        );
        delivered.inc({ target: name, outcome: problem === null ? 'told' : 'failed' });
        if (problem === null) {
          await this.deliveries.told(manager, name, notice);
          continue;
        }
        this.logger.warn(
          { target: name, alert: notice.alert, model: notice.model, problem },
          'alert not delivered yet',
        );
        await this.deliveries.failed(manager, name, notice, problem);
      }
      waiting.set({ target: name }, await this.deliveries.waiting(manager, name));
    });
  }
}

/** Node's fetch hides the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
