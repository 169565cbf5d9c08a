import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { ALERT_NAMES } from '#contracts/alerts';
import type { ModelDefinition } from '#contracts/model-definition';
import { standingOf } from '#domain/deployment/observation';
import type { Logger } from '#platform/logging';
import { Loop } from '#platform/loop/loop';
import { Loops } from '#platform/loop/loops';
import { Presence } from '../deployments/presence.js';
import { LOGGER, MODEL_DEFINITIONS } from '../keys.js';
import { LoopNumbers, type ModelNumbers } from '../storage/loop-numbers.js';

const generation = new Gauge({
  name: 'ratchet_generation',
  help: 'Highest generation of the desired state.',
  labelNames: ['model'],
});
const live = new Gauge({
  name: 'ratchet_live_version_info',
  help: '1 for the version that should be live.',
  labelNames: ['model', 'version'],
});
const liveSince = new Gauge({
  name: 'ratchet_live_since_timestamp_seconds',
  help: 'When the live version went live.',
  labelNames: ['model'],
});
const versions = new Gauge({
  name: 'ratchet_versions',
  help: 'Versions by their state.',
  labelNames: ['model', 'state'],
});
const deployments = new Counter({
  name: 'ratchet_deployments_total',
  help: 'Deployments, rollbacks and drills that came to an end, over all registries and since the first.',
  labelNames: ['model', 'kind', 'state'],
});
const running = new Gauge({
  name: 'ratchet_deployment_running_seconds',
  help: 'Age of the deployment under way, by its phase: staging, canary or activating.',
  labelNames: ['model', 'kind', 'phase'],
});
const alerts = new Gauge({
  name: 'ratchet_open_alerts',
  help: '1 while the alert is open in the registry.',
  labelNames: ['model', 'alert'],
});
const missing = new Gauge({
  name: 'ratchet_instances_missing',
  help: 'Serving instances that fell silent within the last hour without taking leave.',
});
const behind = new Gauge({
  name: 'ratchet_instances_behind',
  help: 'Serving instances that are there and do not act by what the registry wants: by an older generation than the one that made the live version live, by one it never gave out, or by another history.',
  labelNames: ['model'],
});

const EVERY_MS = 5_000;

/** The registry's numbers for Prometheus. Every registry tells the same, so take their maximum, not their sum. */
@Injectable()
export class LoopMetrics {
  constructor(
    @Inject(LoopNumbers) private readonly numbers: LoopNumbers,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(Loops) loops: Loops,
    @Inject(LOGGER) logger: Logger,
  ) {
    loops.add(new Loop({ name: 'registry metrics', everyMs: EVERY_MS, step: () => this.read(), logger }));
  }

  private async read(): Promise<void> {
    const [models, states, ended, active, open] = await Promise.all([
      this.numbers.models(),
      this.numbers.versions(),
      this.numbers.endedDeployments(),
      this.numbers.runningDeployments(),
      this.numbers.openAlerts(),
    ]);
    // From here on nothing waits, so that no scrape sees half of it.
    for (const metric of [generation, live, liveSince, versions, deployments, running, alerts, behind]) metric.reset();
    const names = new Set([...this.definitions.keys(), ...models.map(({ model }) => model)]);
    for (const model of names) zeros(model);
    for (const { model, state, n } of states) versions.set({ model, state }, n);
    for (const { model, kind, state, n } of ended) deployments.inc({ model, kind, state }, n);
    for (const { model, kind, phase, seconds } of active) running.set({ model, kind, phase }, seconds);
    for (const { model, alert } of open) alerts.set({ model, alert }, 1);
    for (const row of models) this.tell(row);
    missing.set(this.presence.missing().length);
  }

  private tell({ model, live_version, live_since, live_generation, epoch, ...row }: ModelNumbers): void {
    generation.set({ model }, row.generation);
    if (live_version === null) return;
    live.set({ model, version: live_version }, 1);
    if (live_since !== null) liveSince.set({ model }, live_since);
    const wanted = { generation: row.generation, epoch, live: { generation: live_generation ?? 0 } };
    const others = this.presence.forModel(model).filter((instance) => standingOf(instance, wanted) !== 'in-step');
    behind.set({ model }, others.length);
  }
}

/** A series that begins with its first event hides that event from `increase`. */
function zeros(model: string): void {
  for (const kind of ['deploy', 'rollback', 'drill'])
    for (const state of ['done', 'failed']) deployments.inc({ model, kind, state }, 0);
  for (const alert of ALERT_NAMES) alerts.set({ model, alert }, 0);
  behind.set({ model }, 0);
}
