import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a version's decision is what was executed: only there is anything known of how its own choice goes. */
const AGREEMENT = `
alter table evaluation.accuracy_windows
  add column agreed integer not null default 0,
  add column agreed_failures integer not null default 0;
alter table evaluation.counted add column agreed boolean not null default false;
create or replace view evaluation.accuracy_by_role as
select model, version, role, window_start, outcomes, correct, failures,
  case when outcomes > 0 then reference_sum / outcomes end as reference, agreed, agreed_failures
from evaluation.accuracy_windows;
`;

export class ShadowAgreement1767225600203 implements MigrationInterface {
  name = 'ShadowAgreement1767225600203';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(AGREEMENT);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop view evaluation.accuracy_by_role;
      create view evaluation.accuracy_by_role as
      select model, version, role, window_start, outcomes, correct, failures,
        case when outcomes > 0 then reference_sum / outcomes end as reference
      from evaluation.accuracy_windows;
      alter table evaluation.counted drop column agreed;
      alter table evaluation.accuracy_windows drop column agreed, drop column agreed_failures;`);
  }
}
