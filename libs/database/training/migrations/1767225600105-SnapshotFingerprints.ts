import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Snapshots know the state of the dataset they were taken of, so that one of unchanged rows is used again. */
export class SnapshotFingerprints1767225600105 implements MigrationInterface {
  name = 'SnapshotFingerprints1767225600105';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.snapshots add column fingerprint text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table training.snapshots drop column fingerprint');
  }
}
