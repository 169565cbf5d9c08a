import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people call versions, and say of them. */
const LABELS = `
alter table registry.versions add column description text;

create table registry.version_tags (
  model text not null,
  version text not null,
  key text not null,
  value text not null,
  primary key (model, version, key),
  foreign key (model, version) references registry.versions
);

create table registry.version_aliases (
  model text not null,
  alias text not null,
  version text not null,
  set_by text not null,
  set_at timestamptz not null,
  primary key (model, alias),
  foreign key (model, version) references registry.versions
);
create index version_aliases_version on registry.version_aliases (model, version);
`;

/** Whoever removes a version, also a release that knows no aliases, leaves none that points at it. */
const NONE_DANGLING = `
create function registry.drop_aliases() returns trigger language plpgsql as $$
begin
  delete from registry.version_aliases where model = new.model and version = new.version;
  return null;
end $$;
create trigger no_alias_of_removed after update of state on registry.versions
  for each row when (new.state = 'removed') execute function registry.drop_aliases();
`;

export class VersionLabels1767225600360 implements MigrationInterface {
  name = 'VersionLabels1767225600360';

  async up(runner: QueryRunner): Promise<void> {
    for (const part of [LABELS, NONE_DANGLING]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger no_alias_of_removed on registry.versions');
    await runner.query('drop function registry.drop_aliases');
    await runner.query('drop table registry.version_aliases, registry.version_tags');
    await runner.query('alter table registry.versions drop column description');
  }
}
