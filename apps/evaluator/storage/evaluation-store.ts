import { Injectable } from '@nestjs/common';
import { type EntityManager, EntitySchema } from 'typeorm';
import type { ModelEvaluated, Verdict } from '#contracts/events/evaluation';
import type { LiveReferences } from '#domain/monitoring/live-reference';

/** One judgement of a package on a holdout; never changed once written. */
interface EvaluationRow {
  evaluation_id: string;
  run_id: string;
  model: string;
  digest: string;
  champion_version: string | null;
  champion_digest: string | null;
  snapshot_hash: string;
  rows: number;
  verdict: Verdict;
  /** What live accuracy is to be compared with; null where nothing could be scored. */
  live_references: LiveReferences | null;
  event: ModelEvaluated;
  report_uri: string | null;
  evaluated_at: Date;
}

const evaluations = new EntitySchema<EvaluationRow>({
  name: 'evaluation',
  schema: 'evaluation',
  tableName: 'evaluations',
  columns: {
    evaluation_id: { type: 'uuid', primary: true },
    run_id: { type: 'uuid' },
    model: { type: 'text' },
    digest: { type: 'text' },
    champion_version: { type: 'text', nullable: true },
    champion_digest: { type: 'text', nullable: true },
    snapshot_hash: { type: 'text' },
    rows: { type: 'integer' },
    verdict: { type: 'text' },
    live_references: { type: 'jsonb', nullable: true },
    event: { type: 'jsonb' },
    report_uri: { type: 'text', nullable: true },
    evaluated_at: { type: 'timestamptz' },
  },
});

/** Tables of the schema `evaluation` that TypeORM writes. */
export const entities = [evaluations];

/** What was judged before going live. */
@Injectable()
export class EvaluationStore {
  /** Whether the package was judged before. */
  isJudged(manager: EntityManager, model: string, digest: string): Promise<boolean> {
    return manager.existsBy(evaluations, { model, digest });
  }

  async save(manager: EntityManager, event: ModelEvaluated, liveReferences: LiveReferences | null): Promise<void> {
    await manager.save(evaluations, {
      evaluation_id: event.evaluation_id,
      run_id: event.trained.run_id,
      model: event.model,
      digest: event.trained.digest,
      champion_version: event.champion?.version ?? null,
      champion_digest: event.champion?.digest ?? null,
      snapshot_hash: event.holdout.snapshot_hash,
      rows: event.holdout.rows,
      verdict: event.gate.verdict,
      live_references: liveReferences,
      event,
      report_uri: event.report_uri ?? null,
      evaluated_at: new Date(event.evaluated_at),
    });
  }
}
