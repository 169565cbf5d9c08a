import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every drop of live accuracy. It is open as long as what is live has not learnt from what came since: its accuracy is still below
 * its reference, or it was trained on nothing newer than the onset of another version's drop, as after a rollback.
 */
const DROPS = `
create view evaluation.accuracy_drops as
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
    and (e.version = l.version or coalesce(e.onset_at > k.until, false)) as open
from evaluation.episodes e
left join live l on l.model = e.model
left join learnt k on k.model = e.model;

-- With how many rows since the onset a training was asked for; the largest counts.
create table evaluation.drop_trainings (
  episode_id uuid not null references evaluation.episodes (episode_id) on delete cascade,
  rows integer not null,
  request_id uuid not null,
  requested_at timestamptz not null,
  primary key (episode_id, rows)
);
`;

export class AccuracyDrops1767225600205 implements MigrationInterface {
  name = 'AccuracyDrops1767225600205';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DROPS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table evaluation.drop_trainings; drop view evaluation.accuracy_drops');
  }
}
