import type { MigrationInterface, QueryRunner } from 'typeorm';

const STATES = `
alter table training.runs drop constraint runs_state_check;
alter table training.runs add constraint runs_state_check
  check (state in ('queued', 'running', 'done', 'failed', 'cancelled'));
`;

/** Somebody may end a run. */
export class CancelledRuns1767225600106 implements MigrationInterface {
  name = 'CancelledRuns1767225600106';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(STATES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`update training.runs set state = 'failed', failure = message where state = 'cancelled'`);
    await runner.query(STATES.replace(", 'cancelled'", ''));
  }
}
