import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ModelStatus } from '#contracts/http/registry';
import type { VersionRef } from '#contracts/primitives';
import { lastGoodVersion } from '#domain/deployment/candidates';
import { Presence } from '../deployments/presence.js';
import { AccuracyStore } from '../storage/accuracy-store.js';
import { AlertStore } from '../storage/alert-store.js';
import { DeploymentStore } from '../storage/deployment-store.js';
import { ModelStore } from '../storage/model-store.js';
import { RunStore } from '../storage/run-store.js';
import { DatasetRows } from './dataset-rows.js';
import { ModelDirectory } from './model-directory.js';

const VERSIONS = `select count(*)::int as versions from registry.versions where model = $1 and state <> 'removed'`;

/** One model at a glance. */
@Injectable()
export class StatusReader {
  constructor(
    @Inject(DataSource) private readonly dataSource: DataSource,
    @Inject(ModelDirectory) private readonly directory: ModelDirectory,
    @Inject(ModelStore) private readonly models: ModelStore,
    @Inject(DeploymentStore) private readonly deployments: DeploymentStore,
    @Inject(RunStore) private readonly runs: RunStore,
    @Inject(AccuracyStore) private readonly accuracy: AccuracyStore,
    @Inject(AlertStore) private readonly alerts: AlertStore,
    @Inject(DatasetRows) private readonly rows: DatasetRows,
    @Inject(Presence) private readonly presence: Presence,
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
      countVersions(manager, model),
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
      deployment,
      instances: this.instances(model),
      versions,
      dataset_rows: datasetRows,
      accuracy,
      last_run: runs[0] ?? null,
      alerts,
    };
  }

  private instances(model: string): ModelStatus['instances'] {
    return this.presence.list().map(({ heartbeat, lastSeen }) => {
      const serves = heartbeat.models.find((entry) => entry.model === model);
      return {
        instance: heartbeat.instance,
        url: heartbeat.url,
        ready: heartbeat.ready,
        last_seen: lastSeen.toISOString(),
        version: serves?.version ?? null,
        generation: serves?.generation ?? 0,
        seen_generation: serves?.seen_generation ?? 0,
        warm: serves?.warm ?? [],
      };
    });
  }
}

function refOf(live: VersionRef | null): VersionRef | null {
  return live && { version: live.version, digest: live.digest, artifact_uri: live.artifact_uri };
}

async function countVersions(manager: EntityManager, model: string): Promise<number> {
  const rows = await manager.query<{ versions: number }[]>(VERSIONS, [model]);
  return rows[0]?.versions ?? 0;
}
