import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Outcomes come roughly in the order of their decisions: a block range index costs next to nothing to keep and finds a trial's. */
export class JudgementsByTime1767225600010 implements MigrationInterface {
  name = 'JudgementsByTime1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create index judgements_predicted_at on feedback.judgements using brin (predicted_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index feedback.judgements_predicted_at');
  }
}
