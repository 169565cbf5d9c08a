import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { ModelTrained } from '#contracts/events/training';
import { sqlIn } from '#database/sql';
import { FROZEN_AFTER_MS } from '#database/standing-still';

const sql = sqlIn(import.meta.dirname);

/** Namespace of evaluation ids, so that one run's package is judged once. */
const EVALUATIONS = '3c1f2a54-6d0a-5a0e-8f0e-4d1d6f1f7a10';

const ENQUEUE = sql('enqueue-job');

const CLAIM = sql('claim-job');

/** Judging computes for seconds on end: it is given longer than other transactions until it is taken for frozen. */
const PATIENCE = `set local idle_in_transaction_session_timeout = ${2 * FROZEN_AFTER_MS}`;

const JUDGED_LATELY = `
select count(*)::int as count from evaluation.evaluations where model = $1 and evaluated_at > now() - interval '365 days'`;

const REMOVE = 'delete from evaluation.jobs where evaluation_id = $1';

const Jobs = z.array(z.object({ evaluation_id: z.uuid(), trained: ModelTrained }));

export interface EvaluationJob {
  readonly evaluationId: string;
  readonly trained: ModelTrained;
}

/** Packages waiting to be judged. They wait in Postgres, as judging may take longer than Kafka lets a consumer be silent. */
@Injectable()
export class EvaluationQueue {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** Queues a package; one that is queued or judged already stays as it is. */
  async add(trained: ModelTrained): Promise<void> {
    const evaluationId = uuidv5(`${trained.run_id} ${trained.digest}`, EVALUATIONS);
    await this.dataSource.query(ENQUEUE, [evaluationId, trained.model, trained]);
  }

  /** The longest waiting job that nobody else has, for as long as the manager's transaction lasts. */
  async claim(manager: EntityManager): Promise<EvaluationJob | null> {
    await manager.query(PATIENCE);
    const [job] = Jobs.parse(await manager.query(CLAIM));
    return job ? { evaluationId: job.evaluation_id, trained: job.trained } : null;
  }

  /** How many packages of a model were judged in the last 365 days. */
  async judgedLately(manager: EntityManager, model: string): Promise<number> {
    const [row] = z.array(z.object({ count: z.int() })).parse(await manager.query(JUDGED_LATELY, [model]));
    return row?.count ?? 0;
  }

  async remove(manager: EntityManager, evaluationId: string): Promise<void> {
    await manager.query(REMOVE, [evaluationId]);
  }
}
