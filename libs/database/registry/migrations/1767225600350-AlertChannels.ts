import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which channels there are is said by the registry's table of them. */
export class AlertChannels1767225600350 implements MigrationInterface {
  name = 'AlertChannels1767225600350';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table registry.alert_deliveries drop constraint alert_deliveries_target_check');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from registry.alert_deliveries where target not in ('webhook', 'alertmanager')`);
    await runner.query(
      `alter table registry.alert_deliveries add constraint alert_deliveries_target_check check (target in ('webhook', 'alertmanager'))`,
    );
  }
}
