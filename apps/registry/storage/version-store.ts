import { Injectable } from '@nestjs/common';
import { type EntityManager, Not } from 'typeorm';
import { z } from 'zod';
import { Grower } from '#contracts/backends';
import { ModelEvaluated, Verdict } from '#contracts/events/evaluation';
import { Tags } from '#contracts/http/labels';
import { type VersionDetail, VersionState, type VersionSummary } from '#contracts/http/versions';
import { TrainingStats } from '#contracts/model-package';
import type { VersionRef } from '#contracts/primitives';
import { sqlIn } from '#database/sql';
import type { VersionBasis } from '#domain/versioning/next-version';
import { type StoredVersion, versions } from './entities.js';

const sql = sqlIn(import.meta.dirname);

const RESTORE = sql('restore-version');

const ARTIFACTS_LEFT = sql('artifacts-left');

const RESERVED = 'select version, digest from registry.reserved_versions where model = $1';

const RESERVE = `
insert into registry.reserved_versions (model, version, digest) values ($1, $2, $3) on conflict do nothing`;

const REMOVE = `
update registry.versions set state = 'removed', removed_from = state, removed_at = now() where model = $1 and version = $2`;

const ADD_EVALUATION = sql('add-evaluation');

const ATTACH = sql('attach-evaluation');

const SELECT = `
select v.model, v.version, v.state, v.digest, v.artifact_uri, v.backend, v.created_at, v.deployed_at, v.training_stats,
  v.dataset_size, v.created_by, v.run_id, e.verdict, e.accuracy, e.f1_macro, e.failure_rate_reduction, v.description,
  (select coalesce(json_object_agg(t.key, t.value order by t.key), '{}') from registry.version_tags t
    where t.model = v.model and t.version = v.version) as tags,
  (select coalesce(json_agg(a.alias order by a.alias), '[]') from registry.version_aliases a
    where a.model = v.model and a.version = v.version) as aliases`;
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
    backend: Grower,
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
    description: z.string().nullable(),
    tags: Tags,
    aliases: z.array(z.string()),
    evaluation: ModelEvaluated.nullish(),
  })
  .transform(({ accuracy, f1_macro, failure_rate_reduction, evaluation, ...rest }) => ({
    summary: { ...rest, evaluation_metrics: { accuracy, f1_macro, failure_rate_reduction } } satisfies VersionSummary,
    evaluation: evaluation ?? null,
  }));

export type NewVersion = Omit<StoredVersion, 'state' | 'artifactsRemovedAt' | 'description'>;

/** Versions and the judgements on them. */
@Injectable()
export class VersionStore {
  async add(manager: EntityManager, version: NewVersion): Promise<void> {
    await manager.insert(versions, { ...version, state: 'registered' });
  }

  byDigest(manager: EntityManager, model: string, digest: string): Promise<StoredVersion | null> {
    return manager.findOneBy(versions, { model, digest });
  }

  /** Those that were not removed. */
  count(manager: EntityManager, model: string): Promise<number> {
    return manager.countBy(versions, { model, state: Not('removed') });
  }

  /** What the numbers of the model's versions were decided by. */
  bases(manager: EntityManager, model: string): Promise<(VersionBasis & { version: string })[]> {
    return manager.findBy(versions, { model });
  }

  /** Numbers of a history that was lost, which are not given to anything else. */
  async reserved(manager: EntityManager, model: string): Promise<{ version: string; digest: string }[]> {
    return manager.query<{ version: string; digest: string }[]>(RESERVED, [model]);
  }

  async reserve(manager: EntityManager, model: string, { version, digest }: VersionRef): Promise<void> {
    await manager.query(RESERVE, [model, version, digest]);
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
    await manager.update(versions, { model, version, state: 'removed' }, { artifactsRemovedAt: () => 'now()' });
  }

  /**
   * Stores a judgement and attaches it to its version. False when it changes nothing about the version: it was stored before, or the version
   * has the verdict of another run.
   */
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
    const state = gate.verdict === 'pass' ? 'registered' : 'rejected';
    // TypeORM answers an update with its rows and their number.
    const [rows] = await manager.query<[unknown[], number]>(ATTACH, [model, version, evaluation_id, state]);
    return rows.length > 0;
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
