import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has been told of which alert; without a row, nobody has. */
const DELIVERIES = `
create table registry.alert_deliveries (
  alert_id bigint not null references registry.alerts on delete cascade,
  target text not null check (target in ('webhook', 'alertmanager')),
  -- The last news the target took.
  told text check (told in ('firing', 'resolved')),
  delivered_at timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  problem text,
  primary key (alert_id, target)
);
`;

export class AlertDeliveries1767225600303 implements MigrationInterface {
  name = 'AlertDeliveries1767225600303';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DELIVERIES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table registry.alert_deliveries');
  }
}
