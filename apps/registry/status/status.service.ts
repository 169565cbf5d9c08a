import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Degraded } from '#contracts/events/deployment';
import type { ModelStatus } from '#contracts/http/models';
import type { ModelDefinition } from '#contracts/model-definition';
import type { VersionRef } from '#contracts/primitives';
import { consentsTo } from '#domain/deployment/consent';
import { standingOf, unreadyReason } from '#domain/deployment/observation';
import type { ModelState } from '#domain/deployment/state';
import { lastGoodVersion } from '#domain/deployment/versions';
import { Presence } from '../deployments/presence.js';
import { MODEL_DEFINITIONS } from '../keys.js';
import { AccuracyStore } from '../storage/accuracy-store.js';
import { AlertStore } from '../storage/alert-store.js';
import { DatasetRows } from '../storage/dataset-rows.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { ModelStore } from '../storage/model-store.js';
import { RunStore } from '../storage/run-store.js';
import { VersionStore } from '../storage/version-store.js';
import { ModelDirectory } from './model-directory.js';

/** One model at a glance. */
@Injectable()
export class StatusReader {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(VersionStore) private readonly versions: VersionStore,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(RunStore) private readonly runs: RunStore,
    @Inject(AccuracyStore) private readonly accuracy: AccuracyStore,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(DatasetRows) private readonly rows: DatasetRows,
    @Inject(Presence) private readonly presence: Presence,
    @Inject(MODEL_DEFINITIONS) private readonly definitions: ReadonlyMap<string, ModelDefinition>,
  ) {}

  async all(): Promise<ModelStatus[]> {
    return Promise.all((await this.directory.names()).map((model) => this.one(model)));
  }

  async one(model: string): Promise<ModelStatus> {
    await this.directory.expect(model);
    const { manager } = this.dataSource;
    const state = await this.models.read(manager, model);
    const [catalogue, deployment, versions, datasetRows, accuracy, runs, alerts] = await Promise.all([
      this.models.catalogue(manager, model),
      this.deployments.running(manager, model),
      this.versions.count(manager, model),
      this.rows.of(model),
      state.live && this.accuracy.now(manager, model, state.live.version),
      this.runs.list(manager, model, 1),
      this.alerts.open(manager, model),
    ]);
    return {
      model,
      generation: state.generation,
      live: refOf(state.live),
      live_since: state.live?.since ?? null,
      rollback_to: refOf(state.live && lastGoodVersion(state, catalogue)),
      canary: state.active?.phase === 'canary' ? { ...state.active.to, percent: state.active.percent } : null,
      shadow: refOf(state.shadow),
      degraded: state.degraded && Degraded.parse(state.degraded),
      approval: this.approval(state),
      deployment,
      deaf_since: this.presence.deafSince()?.toISOString() ?? null,
      instances: this.instances(state),
      missing: this.presence
        .missing()
        .map(({ instance, lastSeen }) => ({ instance, last_seen: lastSeen.toISOString() })),
      versions,
      dataset_rows: datasetRows,
      accuracy,
      last_run: runs[0] ?? null,
      alerts,
    };
  }

  private approval(state: ModelState): ModelStatus['approval'] {
    const { model, queued } = state;
    const needed = this.definitions.get(model)?.approvals ?? 0;
    if (queued === null || needed === 0) return null;
    return { version: queued.version, needed, given: consentsTo(state, queued.version) };
  }

  private instances(state: ModelState): ModelStatus['instances'] {
    return this.presence.list().map(({ heartbeat, lastSeen }) => {
      const serves = heartbeat.models.find((entry) => entry.model === state.model);
      const { generation = 0, epoch = null } = serves ?? {};
      const standing = standingOf({ generation, epoch }, state);
      const { ready, unready: said = null, deaf_since: deafSince = null } = heartbeat;
      const unready = unreadyReason({ ready, unready: said, deafSince }, standing, state.live?.version ?? null);
      return {
        instance: heartbeat.instance,
        url: heartbeat.url,
        ready: unready === null,
        unready,
        deaf_since: deafSince,
        last_seen: lastSeen.toISOString(),
        version: serves?.version ?? null,
        generation,
        standing,
        seen_generation: serves?.seen_generation ?? 0,
        warm: serves?.warm ?? [],
      };
    });
  }
}

function refOf(live: VersionRef | null): VersionRef | null {
  return live && { version: live.version, digest: live.digest, artifact_uri: live.artifact_uri };
}
