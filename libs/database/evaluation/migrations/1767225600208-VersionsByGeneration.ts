import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A number of a lost history may be given to another package: the digest is that of the highest generation that names it. */
export class VersionsByGeneration1767225600208 implements MigrationInterface {
  name = 'VersionsByGeneration1767225600208';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table evaluation.versions add column generation bigint not null default 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table evaluation.versions drop column generation');
  }
}
