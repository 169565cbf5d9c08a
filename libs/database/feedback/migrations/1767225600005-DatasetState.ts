import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tells whether the rows of a model are the ones they were: for each, where it lies and which transaction wrote it there.
 * Any insert, update or delete changes that, and reading it is far cheaper than reading the rows.
 */
const VIEW = `
create view feedback.training_row_versions as
select model, ctid as place, xmin as written_by from feedback.tasks
where result is not null or label is not null`;

export class DatasetState1767225600005 implements MigrationInterface {
  name = 'DatasetState1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(VIEW);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view feedback.training_row_versions');
  }
}
