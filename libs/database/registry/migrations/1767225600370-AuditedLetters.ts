import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which decisions about refused messages the audit log has; feedback-ingest, which they are of, writes no record itself. */
export class AuditedLetters1767225600370 implements MigrationInterface {
  name = 'AuditedLetters1767225600370';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table registry.audited_letters (decision_id uuid primary key)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registry.audited_letters');
  }
}
