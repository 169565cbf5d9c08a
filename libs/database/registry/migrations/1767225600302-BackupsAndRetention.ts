import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A drill is a deployment that stops before it changes anything. */
const DRILLS = `
alter table registry.deployments drop constraint deployments_kind_check;
alter table registry.deployments add constraint deployments_kind_check
  check (kind in ('deploy', 'rollback', 'drill'));
`;

/** A removed version's artifacts go after the removal is committed; until then it is still to be done. */
const RETENTION = `
alter table registry.versions add column artifacts_removed_at timestamptz;
-- The state to go back to if the package comes back.
alter table registry.versions add column removed_from text;
create index versions_artifacts_left on registry.versions (model)
  where state = 'removed' and artifacts_removed_at is null;
`;

/** What was live before each deployment: enough to make it live again, even if the artifact store lost it. */
const BACKUPS = `
create table registry.backups (
  backup_id uuid primary key,
  model text not null,
  version text not null,
  digest text not null,
  generation bigint not null,
  -- The deployment it was taken before.
  deployment_id uuid not null unique,
  taken_at timestamptz not null,
  -- When every file was last found to be what the digest says, and what was wrong if it was not.
  verified_at timestamptz,
  problem text,
  -- Where the second copy is, if there is a second store.
  copy_uri text,
  foreign key (model, version) references registry.versions
);
create index backups_latest on registry.backups (model, taken_at desc);
create index backups_unverified on registry.backups (taken_at) where verified_at is null and problem is null;
`;

export class BackupsAndRetention1767225600302 implements MigrationInterface {
  name = 'BackupsAndRetention1767225600302';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [DRILLS, RETENTION, BACKUPS]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registry.backups');
    await runner.query('alter table registry.versions drop column artifacts_removed_at, drop column removed_from');
    await runner.query("delete from registry.deployments where kind = 'drill'");
    await runner.query('alter table registry.deployments drop constraint deployments_kind_check');
    await runner.query(
      "alter table registry.deployments add constraint deployments_kind_check check (kind in ('deploy', 'rollback'))",
    );
  }
}
