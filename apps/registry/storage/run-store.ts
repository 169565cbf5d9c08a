import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { Run, RunLogLine } from '#contracts/http/runs';
import { sqlIn } from '#database/sql';

const sql = sqlIn(import.meta.dirname);

/** Runs as the trainer knows them, with the version that came of them, and the verdict that is the run's own. */
const SELECT = sql('runs');

const LIST = `${SELECT}
where $1::text is null or r.model = $1
order by r.queued_at desc limit $2`;

const ONE = `${SELECT}
where r.run_id = $1`;

const LOG = `
select line, at, level, stage, progress, message from training.run_log_lines
where run_id = $1 and line > $2 order by line`;

const instant = z.preprocess((at) => (at instanceof Date ? at.toISOString() : at), z.string());
const Row = z
  .looseObject({
    progress: z.coerce.number(),
    rows: z.coerce.number().nullable(),
    queued_at: instant,
    started_at: instant.nullable(),
    finished_at: instant.nullable(),
  })
  .pipe(Run);

const LogRow = z.looseObject({ at: instant }).pipe(RunLogLine);

/** Training runs; the trainer owns them. */
@Injectable()
export class RunStore {
  async list(manager: EntityManager, model: string | null, limit: number): Promise<Run[]> {
    return z.array(Row).parse(await manager.query(LIST, [model, limit]));
  }

  async one(manager: EntityManager, runId: string): Promise<Run | null> {
    return z.array(Row).parse(await manager.query(ONE, [runId]))[0] ?? null;
  }

  /** The lines after this one; the trainer keeps a bounded number. */
  async log(manager: EntityManager, runId: string, after: number): Promise<RunLogLine[]> {
    return z.array(LogRow).parse(await manager.query(LOG, [runId, after]));
  }
}
