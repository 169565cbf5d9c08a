import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What models are: every revision, for good. The newest one of a model holds. */
const DEFINITIONS = `
create table registry.model_definitions (
  model text not null references registry.models,
  revision integer not null,
  definition jsonb not null,
  -- The YAML it was read from.
  text text not null,
  source text not null check (source in ('file', 'operator')),
  actor text not null,
  reason text not null,
  defined_at timestamptz not null,
  primary key (model, revision)
);
`;

export class ModelDefinitions1767225600340 implements MigrationInterface {
  name = 'ModelDefinitions1767225600340';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DEFINITIONS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registry.model_definitions');
  }
}
