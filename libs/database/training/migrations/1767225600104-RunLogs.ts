import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a run said while it went on: its newest lines, numbered. */
const LOGS = `
alter table training.runs add column log_lines integer not null default 0;
create table training.run_log (
  run_id uuid not null references training.runs on delete cascade,
  line integer not null,
  at timestamptz not null,
  level text not null check (level in ('info', 'warn', 'error')),
  stage text not null,
  progress double precision,
  message text not null,
  primary key (run_id, line)
);
create view training.run_log_lines as
select run_id, line, at, level, stage, progress, message from training.run_log;
`;

export class RunLogs1767225600104 implements MigrationInterface {
  name = 'RunLogs1767225600104';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LOGS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view training.run_log_lines; drop table training.run_log');
    await runner.query('alter table training.runs drop column log_lines');
  }
}
