import { describeBackend } from '#contracts/backends';
import { ratchet } from '#contracts/command-line';
import { TrainingFailure } from '../process/failure.js';
import type { TrainingJob } from '../process/job.js';

/** Asked before anything is done. Throws {@link TrainingFailure} for what a cluster cannot do. */
export function requireSuited(name: string, { backend, tune }: Pick<TrainingJob, 'backend' | 'tune'>): void {
  if (!describeBackend(backend).spark)
    throw new TrainingFailure(
      'queued',
      `The backend ${backend} does not train on Spark; xgboost does.`,
      `Ask for that one, "${ratchet('retrain', name, '--engine spark --model-type xgboost')}", or train "${name}" without Spark.`,
    );
  if (tune !== null)
    throw new TrainingFailure(
      'queued',
      'A search for hyper-parameters does not run on Spark.',
      `Search on fewer rows without Spark (training_window: { rows: … } in the definition), copy what was found into it, then "${ratchet('retrain', name, '--engine spark')}".`,
    );
}
