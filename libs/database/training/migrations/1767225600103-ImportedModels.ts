import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that make a package of a model trained elsewhere know which files it is made of. */
export class ImportedModels1767225600103 implements MigrationInterface {
  name = 'ImportedModels1767225600103';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.runs add column import jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.runs drop column import');
  }
}
