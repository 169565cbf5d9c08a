import type { MigrationInterface, QueryRunner } from 'typeorm';

const learnt = (sinceOnset: string): string => `
create or replace view evaluation.accuracy_drops as
with live as (
  select distinct on (model) model, live_version as version from evaluation.desired_states order by model, generation desc
), learnt as (
  select l.model, l.version, min((e.event #>> '{trained,snapshot,watermark}')::timestamptz) as until
  from live l
  join evaluation.versions v on v.model = l.model and v.version = l.version
  join evaluation.evaluations e on e.digest = v.digest and e.model = v.model
  group by 1, 2
)
select e.episode_id, e.model, e.version, e.onset_at, e.detected_at,
  e.closed_at is null and l.version is not null
    and (e.version = l.version or coalesce(e.onset_at > k.until, false)${sinceOnset}) as open
from evaluation.episodes e
left join live l on l.model = e.model
left join learnt k on k.model = e.model;
`;

/** Counted no further than it matters. */
const FEW = `
      or (k.until is not null and (select count(*) from (
            select from feedback.training_rows r
            where r.model = e.model and r.occurred_at >= e.onset_at and r.occurred_at <= k.until limit 4000) seen) < 4000)`;

/**
 * A drop stays open until what is live has learnt from 4,000 rows since its onset: what was brought live with the first few hundred is
 * soon behind.
 */
export class SettledDrops1767225600207 implements MigrationInterface {
  name = 'SettledDrops1767225600207';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(learnt(FEW));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(learnt(''));
  }
}
