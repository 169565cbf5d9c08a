import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a row lies, so that several connections can read a part of the table each without looking at the rest. */
const viewWith = (further: string): string => `
create or replace view feedback.training_rows as
select model, task_id, event_id, occurred_at, time_source, action, result, result = 'success' as success, label,
  coalesce(prediction_features, '{}') || coalesce(shadow_features, '{}') || coalesce(outcome_features, '{}') as features,
  case when prediction_decision = coalesce(action, label) then propensity end as propensity,
  coalesce(prediction_version, model_version) as version,
  coalesce(prediction_id, event_prediction_id) as prediction_id,
  greatest(outcome_lines, shadow_lines, least(outcome_lines + shadow_lines, most_retry - least_retry + 1)) as attempts,
  received_at, kind, retry_count, failure_reason, execution_time${further}
from feedback.tasks
where result is not null or label is not null`;

export class RowPlaces1767225600006 implements MigrationInterface {
  name = 'RowPlaces1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(viewWith(', ctid as place'));
  }

  async down(runner: QueryRunner): Promise<void> {
    // A view only ever gains columns.
    await runner.query('drop view feedback.training_rows');
    await runner.query(viewWith(''));
  }
}
