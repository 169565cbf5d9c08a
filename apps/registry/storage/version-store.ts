import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { ModelEvaluated, Verdict } from '#contracts/events/evaluation';
import { type VersionDetail, VersionState, type VersionSummary } from '#contracts/http/registry';
import { Backend, ModelDefinition } from '#contracts/model-definition';
import { TrainingStats } from '#contracts/model-package';
import type { VersionBasis } from '#domain/versioning/next-version';

const ADD = `
insert into registry.versions (model, version, state, digest, artifact_uri, backend, snapshot_hash, definition,
  training_stats, dataset_size, auto_deploy, created_by, actor, run_id, created_at)
values ($1, $2, 'registered', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;

const BY_DIGEST = 'select version, state from registry.versions where model = $1 and digest = $2';

const BASES = 'select version, definition, backend, snapshot_hash from registry.versions where model = $1';

/** Where it was in its life before it was removed. */
const RESTORE = `
update registry.versions
set state = removed_from, artifact_uri = coalesce($3, artifact_uri), removed_at = null, removed_from = null,
  artifacts_removed_at = null
where model = $1 and version = $2 and state = 'removed'
returning version`;

/** Nothing else refers to the same package. */
const ARTIFACTS_LEFT = `
select v.model, v.version, v.digest from registry.versions v
where v.state = 'removed' and v.artifacts_removed_at is null
  and not exists (select 1 from registry.versions o where o.digest = v.digest and o.state <> 'removed')`;

const ARTIFACTS_REMOVED = `
update registry.versions set artifacts_removed_at = now() where model = $1 and version = $2 and state = 'removed'`;

const REMOVE = `
update registry.versions set state = 'removed', removed_from = state, removed_at = now() where model = $1 and version = $2`;

const ADD_EVALUATION = `
insert into registry.evaluations (evaluation_id, model, version, verdict, accuracy, f1_macro, failure_rate_reduction,
  evaluated_at, event)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (evaluation_id) do nothing
returning evaluation_id`;

/** A version that has been live keeps its state: the verdict is about deploying it for the first time. */
const ATTACH = `
update registry.versions
set evaluation_id = $3,
  state = case when state in ('registered', 'rejected') then $4 else state end
where model = $1 and version = $2
returning state`;

const SELECT = `
select v.model, v.version, v.state, v.digest, v.artifact_uri, v.backend, v.created_at, v.deployed_at, v.training_stats,
  v.dataset_size, v.created_by, v.run_id, e.verdict, e.accuracy, e.f1_macro, e.failure_rate_reduction`;
const FROM = `
from registry.versions v
left join registry.evaluations e on e.evaluation_id = v.evaluation_id
where v.model = $1`;

const LIST = `${SELECT} ${FROM}
order by string_to_array(substr(v.version, 2), '.')::int[] desc`;
const DETAIL = `${SELECT}, e.event as evaluation ${FROM} and v.version = $2`;

const timestamp = z.date().transform((at) => at.toISOString());

const SummaryRow = z
  .object({
    model: z.string(),
    version: z.string(),
    state: VersionState,
    digest: z.string(),
    artifact_uri: z.string(),
    backend: Backend,
    created_at: timestamp,
    deployed_at: timestamp.nullable(),
    training_stats: TrainingStats,
    dataset_size: z.coerce.number(),
    created_by: z.string(),
    run_id: z.string().nullable(),
    verdict: Verdict.nullable(),
    accuracy: z.number().nullable(),
    f1_macro: z.number().nullable(),
    failure_rate_reduction: z.number().nullable(),
    evaluation: ModelEvaluated.nullish(),
  })
  .transform(({ accuracy, f1_macro, failure_rate_reduction, evaluation, ...rest }) => ({
    summary: { ...rest, evaluation_metrics: { accuracy, f1_macro, failure_rate_reduction } } satisfies VersionSummary,
    evaluation: evaluation ?? null,
  }));

const BasisRow = z
  .object({ version: z.string(), definition: ModelDefinition, backend: Backend, snapshot_hash: z.string() })
  .transform(({ snapshot_hash, ...rest }) => ({ ...rest, snapshotHash: snapshot_hash }));

export interface NewVersion extends VersionBasis {
  model: string;
  version: string;
  digest: string;
  artifactUri: string;
  trainingStats: TrainingStats;
  datasetSize: number;
  autoDeploy: boolean;
  createdBy: string;
  actor: string;
  runId: string | null;
  createdAt: string;
}

/** Versions and the judgements on them. */
@Injectable()
export class VersionStore {
  async add(manager: EntityManager, version: NewVersion): Promise<void> {
    await manager.query(ADD, [
      version.model,
      version.version,
      version.digest,
      version.artifactUri,
      version.backend,
      version.snapshotHash,
      JSON.stringify(version.definition),
      JSON.stringify(version.trainingStats),
      version.datasetSize,
      version.autoDeploy,
      version.createdBy,
      version.actor,
      version.runId,
      version.createdAt,
    ]);
  }

  async byDigest(
    manager: EntityManager,
    model: string,
    digest: string,
  ): Promise<{ version: string; state: VersionState } | null> {
    const rows = await manager.query<{ version: string; state: VersionState }[]>(BY_DIGEST, [model, digest]);
    return rows[0] ?? null;
  }

  /** What the numbers of the model's versions were decided by. */
  async bases(manager: EntityManager, model: string): Promise<(VersionBasis & { version: string })[]> {
    return z.array(BasisRow).parse(await manager.query(BASES, [model]));
  }

  /** A removed version whose package is there again: at another place, or where it was. False if it was not removed. */
  async restore(manager: EntityManager, model: string, version: string, artifactUri: string | null): Promise<boolean> {
    // TypeORM answers an update with its rows and their number.
    const [rows] = await manager.query<[unknown[], number]>(RESTORE, [model, version, artifactUri]);
    return rows.length > 0;
  }

  async remove(manager: EntityManager, model: string, version: string): Promise<void> {
    await manager.query(REMOVE, [model, version]);
  }

  /** Removed versions whose packages are still there. */
  async withArtifactsLeft(manager: EntityManager): Promise<{ model: string; version: string; digest: string }[]> {
    return manager.query<{ model: string; version: string; digest: string }[]>(ARTIFACTS_LEFT);
  }

  async artifactsRemoved(manager: EntityManager, model: string, version: string): Promise<void> {
    await manager.query(ARTIFACTS_REMOVED, [model, version]);
  }

  /** Stores a judgement and attaches it to its version; false when it was stored before. */
  async judge(manager: EntityManager, version: string, evaluated: ModelEvaluated): Promise<boolean> {
    const { evaluation_id, model, gate, challenger_metrics, failure_rate_reduction, evaluated_at } = evaluated;
    const added = await manager.query<unknown[]>(ADD_EVALUATION, [
      evaluation_id,
      model,
      version,
      gate.verdict,
      challenger_metrics?.accuracy ?? null,
      challenger_metrics?.f1_macro ?? null,
      failure_rate_reduction.value,
      evaluated_at,
      JSON.stringify(evaluated),
    ]);
    if (added.length === 0) return false;
    await manager.query(ATTACH, [model, version, evaluation_id, gate.verdict === 'pass' ? 'registered' : 'rejected']);
    return true;
  }

  async list(manager: EntityManager, model: string): Promise<VersionSummary[]> {
    return z
      .array(SummaryRow)
      .parse(await manager.query(LIST, [model]))
      .map(({ summary }) => summary);
  }

  async detail(manager: EntityManager, model: string, version: string): Promise<VersionDetail | null> {
    const [row] = z.array(SummaryRow).parse(await manager.query(DETAIL, [model, version]));
    return row === undefined ? null : { ...row.summary, evaluation: row.evaluation };
  }
}
