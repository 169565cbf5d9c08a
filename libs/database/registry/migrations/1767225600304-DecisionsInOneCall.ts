import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates nothing any more: the functions it once created stand in ../functions, and are applied after the migrations. */
export class DecisionsInOneCall1767225600304 implements MigrationInterface {
  name = 'DecisionsInOneCall1767225600304';

  async up(): Promise<void> {}

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['carry_out', 'save_deployment', 'append_audit', 'resolve_alert', 'raise_alert', 'take'])
      await runner.query(`drop function if exists registry.${name}`);
  }
}
