import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that search for hyper-parameters know how many settings to try. */
export class TunedRuns1767225600102 implements MigrationInterface {
  name = 'TunedRuns1767225600102';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.runs add column tune integer');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.runs drop column tune');
  }
}
