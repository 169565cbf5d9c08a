import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How what is live does since a drop of its accuracy, and the view that the registry reads: while a drop is open, whether the version is
 * worse than always giving the same answer.
 */
const STANDINGS = `
create table evaluation.standings (
  model text primary key,
  version text not null,
  degraded boolean not null,
  numbers jsonb not null
);

create view evaluation.degraded_versions as
select s.model, s.version, s.numbers
from evaluation.standings s
where s.degraded and exists (select from evaluation.accuracy_drops d where d.model = s.model and d.open);
`;

export class Standings1767225600206 implements MigrationInterface {
  name = 'Standings1767225600206';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(STANDINGS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view evaluation.degraded_versions; drop table evaluation.standings');
  }
}
