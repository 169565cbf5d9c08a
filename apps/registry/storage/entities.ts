import { EntitySchema, type ValueTransformer } from 'typeorm';
import type { z } from 'zod';
import { Grower } from '#contracts/backends';
import type { TokenRecord } from '#contracts/http/access';
import type { Backup } from '#contracts/http/backups';
import type { AliasRecord } from '#contracts/http/labels';
import { VersionState } from '#contracts/http/versions';
import { ModelDefinition } from '#contracts/model-definition';
import { TrainingStats } from '#contracts/model-package';
import { Role } from '#contracts/primitives';

/** Instants are texts of ISO 8601, as in the contracts. */
const instant: ValueTransformer = {
  to: (at: unknown) => at,
  from: (at: Date | null) => at?.toISOString() ?? null,
};
/** The driver gives bigint as text. */
const whole: ValueTransformer = { to: (n: unknown) => n, from: Number };
/** What an earlier release has written is read like anything from outside. */
const of = (schema: z.ZodType): ValueTransformer => ({
  to: (value: unknown) => value,
  from: (value) => schema.parse(value),
});

/** What was live before each deployment; `registry.carry_out` adds them. */
export const backups = new EntitySchema<Backup>({
  name: 'backup',
  schema: 'registry',
  tableName: 'backups',
  columns: {
    backup_id: { type: 'uuid', primary: true },
    model: { type: 'text' },
    version: { type: 'text' },
    digest: { type: 'text' },
    generation: { type: 'bigint', transformer: whole },
    deployment_id: { type: 'uuid' },
    taken_at: { type: 'timestamptz', transformer: instant },
    verified_at: { type: 'timestamptz', nullable: true, transformer: instant },
    problem: { type: 'text', nullable: true },
    copy_uri: { type: 'text', nullable: true },
  },
});

/** Tokens by their hash: a copy of this table opens nothing. */
export const tokens = new EntitySchema<TokenRecord>({
  name: 'token',
  schema: 'registry',
  tableName: 'tokens',
  columns: {
    name: { type: 'text', primary: true },
    role: { type: 'text', transformer: of(Role) },
    sha256: { type: 'text', name: 'token_hash' },
    created_at: { type: 'timestamptz', transformer: instant },
    created_by: { type: 'text' },
    revoked_at: { type: 'timestamptz', nullable: true, transformer: instant },
  },
});

/** Which version people mean by a name. */
export const versionAliases = new EntitySchema<AliasRecord>({
  name: 'alias',
  schema: 'registry',
  tableName: 'version_aliases',
  columns: {
    model: { type: 'text', primary: true },
    alias: { type: 'text', primary: true },
    version: { type: 'text' },
    set_by: { type: 'text' },
    set_at: { type: 'timestamptz', transformer: instant },
  },
});

export interface StoredTag {
  model: string;
  version: string;
  key: string;
  value: string;
}

export const versionTags = new EntitySchema<StoredTag>({
  name: 'tag',
  schema: 'registry',
  tableName: 'version_tags',
  columns: {
    model: { type: 'text', primary: true },
    version: { type: 'text', primary: true },
    key: { type: 'text', primary: true },
    value: { type: 'text' },
  },
});

/** A version as it is registered; what becomes of it later is written beside that. */
export interface StoredVersion {
  model: string;
  version: string;
  state: VersionState;
  digest: string;
  artifactUri: string;
  backend: Grower;
  snapshotHash: string;
  definition: ModelDefinition;
  trainingStats: TrainingStats;
  datasetSize: number;
  autoDeploy: boolean;
  createdBy: string;
  actor: string;
  runId: string | null;
  createdAt: string;
  artifactsRemovedAt: Date | null;
  description: string | null;
}

export const versions = new EntitySchema<StoredVersion>({
  name: 'version',
  schema: 'registry',
  tableName: 'versions',
  columns: {
    model: { type: 'text', primary: true },
    version: { type: 'text', primary: true },
    state: { type: 'text', transformer: of(VersionState) },
    digest: { type: 'text' },
    artifactUri: { type: 'text', name: 'artifact_uri' },
    backend: { type: 'text', transformer: of(Grower) },
    snapshotHash: { type: 'text', name: 'snapshot_hash' },
    definition: { type: 'jsonb', transformer: of(ModelDefinition) },
    trainingStats: { type: 'jsonb', name: 'training_stats', transformer: of(TrainingStats) },
    datasetSize: { type: 'bigint', name: 'dataset_size', transformer: whole },
    autoDeploy: { type: 'boolean', name: 'auto_deploy' },
    createdBy: { type: 'text', name: 'created_by' },
    actor: { type: 'text' },
    runId: { type: 'uuid', name: 'run_id', nullable: true },
    createdAt: { type: 'timestamptz', name: 'created_at', transformer: instant },
    artifactsRemovedAt: { type: 'timestamptz', name: 'artifacts_removed_at', nullable: true },
    description: { type: 'text', nullable: true },
  },
});

/** Tables of the schema `registry` that TypeORM reads and writes; all others are written by SQL. */
export const entities = [backups, tokens, versionAliases, versions, versionTags];
