import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { DataSource } from 'typeorm';
import type { ModelDefinition } from '#contracts/model-definition';
import type { Logger } from '#platform/logging';
import { Readings } from '#platform/readings';
import { Presence } from '../deployments/presence.js';
import { ALERT_NAMES, AlertStore } from '../storage/alert-store.js';
import { LOGGER, MODEL_DEFINITIONS } from '../tokens.js';

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
  help: 'Serving instances that are there and act by an older generation than the one that made the live version live.',
  labelNames: ['model'],
});

const MODELS = `
select model, generation::float8 as generation, live_version, extract(epoch from live_since)::float8 as live_since,
  (state -> 'live' ->> 'generation')::float8 as live_generation
from registry.models`;
const VERSIONS = 'select model, state, count(*)::int as n from registry.versions group by 1, 2';
const DEPLOYMENTS = `
select model, kind, state, count(*)::int as n from registry.deployments
where state in ('done', 'failed', 'superseded') group by 1, 2, 3`;
const RUNNING = `
select model, kind, state as phase, extract(epoch from now() - started_at)::float8 as seconds
from registry.deployments where state in ('staging', 'canary', 'activating')`;

interface ModelRow {
  model: string;
  generation: number;
  live_version: string | null;
  live_since: number | null;
  live_generation: number | null;
}

const EVERY_MS = 5_000;
/** An instance that has been silent for longer is gone for good, like a pod that was replaced by another. */
const MISSED_MS = 3_600_000;

/** The registry's numbers for Prometheus. Every registry tells the same, so take their maximum, not their sum. */
@Injectable()
export class LoopMetrics implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly readings: Readings;

  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
    @Inject(LOGGER) logger: Logger,
  ) {
    this.readings = new Readings('registry', EVERY_MS, () => this.read(), logger);
  }

  onApplicationBootstrap(): void {
    this.readings.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.readings.stop();
  }

  private async read(): Promise<void> {
    const { manager } = this.dataSource;
    const [models, states, ended, active, open] = await Promise.all([
      manager.query<ModelRow[]>(MODELS),
      manager.query<{ model: string; state: string; n: number }[]>(VERSIONS),
      manager.query<{ model: string; kind: string; state: string; n: number }[]>(DEPLOYMENTS),
      manager.query<{ model: string; kind: string; phase: string; seconds: number }[]>(RUNNING),
      this.alerts.counts(manager),
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
    missing.set(this.presence.missing(MISSED_MS));
  }

  private tell({ model, live_version, live_since, live_generation, ...row }: ModelRow): void {
    generation.set({ model }, row.generation);
    if (live_version === null) return;
    live.set({ model, version: live_version }, 1);
    if (live_since !== null) liveSince.set({ model }, live_since);
    const late = this.presence
      .forModel(model)
      .filter((instance) => instance.generation === null || instance.generation < (live_generation ?? 0));
    behind.set({ model }, late.length);
  }
}

/** A series that begins with its first event hides that event from `increase`. */
function zeros(model: string): void {
  for (const kind of ['deploy', 'rollback', 'drill'])
    for (const state of ['done', 'failed']) deployments.inc({ model, kind, state }, 0);
  for (const alert of ALERT_NAMES) alerts.set({ model, alert }, 0);
  behind.set({ model }, 0);
}
