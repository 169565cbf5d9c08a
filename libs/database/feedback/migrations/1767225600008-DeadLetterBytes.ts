import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Headers as the bytes they are: they need not be text, may have no value, and one name may come several times. And what is known
 * of messages that other services parked: who could not handle them, and the error's stack.
 */
export class DeadLetterBytes1767225600008 implements MigrationInterface {
  name = 'DeadLetterBytes1767225600008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
alter table feedback.dead_letters
  add column header_names bytea[] not null default '{}',
  add column header_values bytea[] not null default '{}',
  add column consumer text,
  add column stack text`);
    await runner.query(`
update feedback.dead_letters set
  header_names = array(select convert_to(key, 'UTF8') from jsonb_each_text(headers) order by key),
  header_values = array(select convert_to(value, 'UTF8') from jsonb_each_text(headers) order by key)`);
    await runner.query('alter table feedback.dead_letters drop column headers');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("alter table feedback.dead_letters add column headers jsonb not null default '{}'");
    await runner.query(
      'alter table feedback.dead_letters drop column header_names, drop column header_values, drop column consumer, drop column stack',
    );
  }
}
