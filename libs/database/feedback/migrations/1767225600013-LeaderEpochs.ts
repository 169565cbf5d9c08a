import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An epoch counts for the place that it was stored with: whoever does not know epochs, as an older release, moves the place alone. */
const UP = `
alter table feedback.offsets add column leader_epoch integer, add column epoch_offset bigint`;
const DOWN = `
alter table feedback.offsets drop column leader_epoch, drop column epoch_offset`;

/** Places know by which leader what stands before them was written. */
export class LeaderEpochs1767225600013 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(UP);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(DOWN);
  }
}
