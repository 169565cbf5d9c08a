import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many blocks the rows lie in, for whoever reads them in parts by their place. */
const VIEW = `
create view feedback.training_rows_extent as
select pg_relation_size('feedback.tasks') / current_setting('block_size')::int as blocks`;

export class RowsExtent1767225600007 implements MigrationInterface {
  name = 'RowsExtent1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(VIEW);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view feedback.training_rows_extent');
  }
}
