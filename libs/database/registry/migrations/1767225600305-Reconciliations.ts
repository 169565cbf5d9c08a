import type { MigrationInterface, QueryRunner } from 'typeorm';

const RECONCILIATIONS = `
create table registry.reconciliations (
  reconciliation_id uuid primary key,
  model text not null references registry.models,
  found_at timestamptz not null,
  -- Without its decision, which may come later.
  record jsonb not null,
  decision jsonb
);
create index reconciliations_latest on registry.reconciliations (model, found_at desc);
`;

/** Versions that instances and topics spoke of and that this database knows nothing about. */
const RESERVED = `
create table registry.reserved_versions (
  model text not null references registry.models,
  version text not null,
  digest text not null,
  primary key (model, version)
);
`;

export class Reconciliations1767225600305 implements MigrationInterface {
  name = 'Reconciliations1767225600305';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECONCILIATIONS);
    await runner.query(RESERVED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registry.reserved_versions');
    await runner.query('drop table registry.reconciliations');
  }
}
