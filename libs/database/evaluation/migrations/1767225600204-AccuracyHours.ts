import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The same counts by the hour, for a look at months: sixty times fewer rows. */
const HOURS = `
create table evaluation.accuracy_hours (
  model text not null,
  version text not null,
  role text not null check (role in ('live', 'canary', 'shadow')),
  window_start timestamptz not null,
  outcomes integer not null,
  correct integer not null,
  failures integer not null,
  reference_sum double precision,
  primary key (model, version, role, window_start)
);
create index accuracy_hours_start on evaluation.accuracy_hours (model, window_start);
insert into evaluation.accuracy_hours (model, version, role, window_start, outcomes, correct, failures, reference_sum)
select model, version, role, date_trunc('hour', window_start, 'UTC'), sum(outcomes), sum(correct), sum(failures),
  sum(reference_sum)
from evaluation.accuracy_windows group by 1, 2, 3, 4;

-- The newest windows of one version, without looking at those of the others.
create index accuracy_windows_version on evaluation.accuracy_windows (model, version, window_start desc);

create view evaluation.live_accuracy_hourly as
select model, version, window_start, sum(outcomes)::integer as outcomes, sum(correct)::integer as correct,
  case when sum(outcomes) > 0 then sum(reference_sum) / sum(outcomes) end as reference,
  sum(failures)::integer as failures
from evaluation.accuracy_hours
where role in ('live', 'canary')
group by model, version, window_start;
`;

export class AccuracyHours1767225600204 implements MigrationInterface {
  name = 'AccuracyHours1767225600204';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(HOURS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop view evaluation.live_accuracy_hourly; drop index evaluation.accuracy_windows_version;
      drop table evaluation.accuracy_hours;`);
  }
}
