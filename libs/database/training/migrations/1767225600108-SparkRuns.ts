import type { MigrationInterface, QueryRunner } from 'typeorm';

const allow = (engines: string): string => `
alter table training.runs drop constraint runs_engine_check;
alter table training.runs add constraint runs_engine_check check (engine in (${engines}));
`;

/** Runs may be submitted to a Spark cluster. */
export class SparkRuns1767225600108 implements MigrationInterface {
  name = 'SparkRuns1767225600108';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(allow("'built-in', 'spark', 'external'"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("update training.runs set engine = 'built-in' where engine = 'spark'");
    await runner.query(allow("'built-in', 'external'"));
  }
}
