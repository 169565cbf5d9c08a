import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ModelImport, TrainingStage } from '#contracts/events/training';
import type { Backend } from '#contracts/model-definition';
import type { TrainingStats } from '#contracts/model-package';

/** A training run, from its request to its end. */
@Entity({ schema: 'training', name: 'runs' })
export class RunEntity {
  @PrimaryColumn('uuid', { name: 'run_id' })
  runId: string = '';

  @Column('uuid', { name: 'request_id' })
  requestId: string = '';

  @Column('text')
  model: string = '';

  @Column('text')
  trigger: string = '';

  @Column('text')
  actor: string = '';

  @Column('text', { nullable: true })
  reason: string | null = null;

  @Column('boolean', { name: 'auto_deploy' })
  autoDeploy: boolean = true;

  @Column('integer', { name: 'since_days', nullable: true })
  sinceDays: number | null = null;

  @Column('boolean', { name: 'use_api', nullable: true })
  useApi: boolean | null = null;

  /** Settings of the hyper-parameters to try; null for the definition's own alone. */
  @Column('integer', { nullable: true })
  tune: number | null = null;

  /** The model trained elsewhere that is to become a package; null where one is trained. */
  @Column('jsonb', { nullable: true })
  import: ModelImport | null = null;

  @Column('timestamptz', { name: 'requested_at' })
  requestedAt: Date = new Date(0);

  @Column('text')
  backend: Backend = 'xgboost';

  @Column('text')
  state: 'queued' | 'running' | 'done' | 'failed' = 'queued';

  @Column('text')
  stage: TrainingStage = 'queued';

  @Column('double precision')
  progress: number = 0;

  @Column('text')
  message: string = '';

  /** How often it was started; more than once after a crash. */
  @Column('integer')
  attempts: number = 0;

  /** Number of the worker that runs it, see worker-lock.ts. */
  @Column('integer', { nullable: true })
  owner: number | null = null;

  @Column('integer', { nullable: true })
  rows: number | null = null;

  @Column('text', { name: 'snapshot_hash', nullable: true })
  snapshotHash: string | null = null;

  @Column('text', { nullable: true })
  digest: string | null = null;

  @Column('text', { name: 'artifact_uri', nullable: true })
  artifactUri: string | null = null;

  @Column('jsonb', { name: 'training_stats', nullable: true })
  trainingStats: TrainingStats | null = null;

  @Column('jsonb', { nullable: true })
  warnings: string[] | null = null;

  @Column('text', { nullable: true })
  failure: string | null = null;

  @Column('text', { nullable: true })
  remedy: string | null = null;

  @Column('timestamptz', { name: 'queued_at' })
  queuedAt: Date = new Date(0);

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt: Date | null = null;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null = null;
}

/** Frozen rows in the artifact store, and where they came from. */
@Entity({ schema: 'training', name: 'snapshots' })
export class SnapshotEntity {
  @PrimaryColumn('text')
  model: string = '';

  @PrimaryColumn('text')
  hash: string = '';

  @Column('text')
  uri: string = '';

  @Column('integer')
  rows: number = 0;

  /** Time of the newest row. */
  @Column('timestamptz')
  watermark: Date = new Date(0);

  @Column('text')
  query: string = '';

  /** State of the dataset it was taken of (see training-rows.ts); null if nobody knows. */
  @Column('text', { nullable: true })
  fingerprint: string | null = null;
}

/** A scheduled training that was asked for; its key is what keeps replicas from asking twice. */
@Entity({ schema: 'training', name: 'slots' })
export class SlotEntity {
  @PrimaryColumn('text')
  model: string = '';

  @PrimaryColumn('text')
  slot: string = '';

  @Column('uuid', { name: 'request_id' })
  requestId: string = '';
}
