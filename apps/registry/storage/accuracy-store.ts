import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { AccuracyNow } from '#contracts/http/models';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

/** Outcomes that make an accuracy steady enough to be called "now". */
const ENOUGH_OUTCOMES = 500;

const NOW = sql('accuracy-now');

const Row = z
  .looseObject({ since: z.date().transform((at) => at.toISOString()) })
  .pipe(AccuracyNow.omit({ version: true }));

/** How a version does in production, as the evaluator counts it. */
@Injectable()
export class AccuracyStore {
  /** Null without an outcome in the last week. */
  async now(manager: EntityManager, model: string, version: string): Promise<AccuracyNow | null> {
    const [row] = z.array(Row).parse(await manager.query(NOW, [model, version, ENOUGH_OUTCOMES]));
    return row === undefined ? null : { version, ...row };
  }
}
