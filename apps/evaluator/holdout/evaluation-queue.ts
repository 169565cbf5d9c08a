import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { ModelTrained } from '#contracts/events/training';

/** Namespace of evaluation ids, so that one run's package is judged once. */
const EVALUATIONS = '3c1f2a54-6d0a-5a0e-8f0e-4d1d6f1f7a10';

const ENQUEUE = `
insert into evaluation.jobs (evaluation_id, model, trained)
select $1, $2, $3 where not exists (select 1 from evaluation.evaluations where evaluation_id = $1)
on conflict do nothing`;

/** Held for as long as the transaction: when its evaluator dies, another one gets the job. */
const CLAIM = `
select evaluation_id, trained from evaluation.jobs order by queued_at, evaluation_id limit 1 for update skip locked`;

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
    const [job] = Jobs.parse(await manager.query(CLAIM));
    return job ? { evaluationId: job.evaluation_id, trained: job.trained } : null;
  }

  async remove(manager: EntityManager, evaluationId: string): Promise<void> {
    await manager.query(REMOVE, [evaluationId]);
  }
}
