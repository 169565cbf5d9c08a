import type { MigrationInterface, QueryRunner } from 'typeorm';

const WEEK = `date_trunc('week', first_received_at at time zone 'UTC')::date`;
const IN_DATASET = '(result is not null or label is not null)';

/**
 * How many rows of the dataset began in which week. Triggers keep it, so that it is right whoever adds or removes tasks,
 * and asking for the dataset's size does not get slower as it grows.
 */
const WEEKS = `
create table feedback.dataset_weeks (
  model text not null,
  week date not null,
  rows bigint not null,
  primary key (model, week)
);
insert into feedback.dataset_weeks (model, week, rows)
select model, ${WEEK}, count(*) from feedback.tasks where ${IN_DATASET} group by 1, 2;

create function feedback.count_added() returns trigger language plpgsql as $$
begin
  insert into feedback.dataset_weeks as w (model, week, rows)
  select model, ${WEEK}, count(*) from added where ${IN_DATASET} group by 1, 2 order by 1, 2
  on conflict (model, week) do update set rows = w.rows + excluded.rows;
  return null;
end $$;

create function feedback.count_removed() returns trigger language plpgsql as $$
begin
  insert into feedback.dataset_weeks as w (model, week, rows)
  select model, ${WEEK}, -count(*) from removed where ${IN_DATASET} group by 1, 2 order by 1, 2
  on conflict (model, week) do update set rows = w.rows + excluded.rows;
  return null;
end $$;

-- Most updates change neither whether a task counts nor when it began.
create function feedback.count_changed() returns trigger language plpgsql as $$
begin
  insert into feedback.dataset_weeks as w (model, week, rows)
  select model, week, sum(n) from (
    select model, ${WEEK} as week, 1 as n from added where ${IN_DATASET}
    union all
    select model, ${WEEK}, -1 from removed where ${IN_DATASET}
  ) changes group by 1, 2 having sum(n) <> 0 order by 1, 2
  on conflict (model, week) do update set rows = w.rows + excluded.rows;
  return null;
end $$;

create function feedback.count_none() returns trigger language plpgsql as $$
begin
  delete from feedback.dataset_weeks;
  return null;
end $$;

create trigger tasks_added after insert on feedback.tasks referencing new table as added
  for each statement execute function feedback.count_added();
create trigger tasks_removed after delete on feedback.tasks referencing old table as removed
  for each statement execute function feedback.count_removed();
create trigger tasks_changed after update on feedback.tasks referencing old table as removed new table as added
  for each statement execute function feedback.count_changed();
create trigger tasks_emptied after truncate on feedback.tasks
  for each statement execute function feedback.count_none();

create or replace view feedback.dataset_growth as
select model, week, sum(rows) over (partition by model order by week)::bigint as rows, rows as new_rows
from feedback.dataset_weeks where rows <> 0;
`;

const UNCOUNT = `
create or replace view feedback.dataset_growth as
select model, week, sum(new_rows) over (partition by model order by week)::bigint as rows, new_rows
from (
  select model, ${WEEK} as week, count(*) as new_rows from feedback.tasks where ${IN_DATASET} group by 1, 2
) weekly;
drop trigger tasks_emptied on feedback.tasks;
drop trigger tasks_changed on feedback.tasks;
drop trigger tasks_removed on feedback.tasks;
drop trigger tasks_added on feedback.tasks;
drop function feedback.count_none, feedback.count_changed, feedback.count_removed, feedback.count_added;
drop table feedback.dataset_weeks;
`;

export class DatasetWeeks1767225600004 implements MigrationInterface {
  name = 'DatasetWeeks1767225600004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(WEEKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(UNCOUNT);
  }
}
