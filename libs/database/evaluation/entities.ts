import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Verdict } from '#contracts/events/evaluation';

/** One judgement of a package on a holdout; never changed once written. */
@Entity({ schema: 'evaluation', name: 'evaluations' })
export class EvaluationEntity {
  @PrimaryColumn('uuid', { name: 'evaluation_id' })
  evaluationId: string = '';

  @Column('uuid', { name: 'run_id' })
  runId: string = '';

  @Column('text')
  model: string = '';

  @Column('text')
  digest: string = '';

  @Column('text', { name: 'champion_version', nullable: true })
  championVersion: string | null = null;

  @Column('text', { name: 'champion_digest', nullable: true })
  championDigest: string | null = null;

  @Column('text', { name: 'snapshot_hash' })
  snapshotHash: string = '';

  @Column('integer')
  rows: number = 0;

  @Column('text')
  verdict: Verdict = 'error';

  /** What live accuracy is to be compared with, see libs/domain/monitoring/live-reference.ts; null where nothing could be scored. */
  @Column('jsonb', { name: 'live_references', nullable: true })
  liveReferences: unknown = null;

  /** The ModelEvaluated event. */
  @Column('jsonb')
  event: unknown = null;

  @Column('text', { name: 'report_uri', nullable: true })
  reportUri: string | null = null;

  @Column('timestamptz', { name: 'evaluated_at' })
  evaluatedAt: Date = new Date(0);
}
