import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Raw feedback keeps its JSON as it was written: json instead of jsonb. Parsing it into jsonb was a third of what a row
 * cost, and only the fold, which reads each row once, needs it parsed.
 */
const RAW_JSON = `
alter table feedback.events alter features type json, alter details type json;
alter table feedback.predictions alter probabilities type json, alter features type json, alter details type json`;

const PARSED_JSON = `
alter table feedback.events alter features type jsonb, alter details type jsonb;
alter table feedback.predictions alter probabilities type jsonb, alter features type jsonb, alter details type jsonb`;

export class RawJson1767225600002 implements MigrationInterface {
  name = 'RawJson1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RAW_JSON);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(PARSED_JSON);
  }
}
