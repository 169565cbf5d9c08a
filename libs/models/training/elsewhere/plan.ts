import { parametersFor } from '../backends/parameters.js';
import { patienceOf, xgboostParameters } from '../backends/xgboost.js';
import { TrainingFailure } from '../process/failure.js';
import type { TrainingJob } from '../process/job.js';
import type { ClusterOrder } from './order.js';

/** What a cluster is told besides its rows. */
export interface ClusterPlan extends Pick<ClusterOrder, 'rounds' | 'early_stopping_rounds' | 'parameters'> {
  /** What the manifest calls rounds, of a file that holds so many boosting rounds. */
  roundsOf(held: number): number;
}

/** How to train, `columns` being those of the model. Throws {@link TrainingFailure} for parameters that do not work on a cluster. */
export function planOf({ definition, backend }: TrainingJob, classes: number, columns: number): ClusterPlan {
  const kind = backend === 'random-forest' ? 'random-forest' : 'boosting';
  const { rounds: wanted, parameters: own } = parametersFor(
    definition,
    kind === 'boosting' ? 'xgboost' : 'random-forest',
  );
  const parameters = xgboostParameters(kind, {
    columns,
    rounds: wanted,
    classes,
    parameters: own,
    seed: definition.seed,
  });
  if (parameters.get('tree_method') === 'exact')
    throw new TrainingFailure(
      'prepare',
      'hyper_parameters.tree_method is "exact", which XGBoost does not offer on a cluster.',
      'Use hist or approx, or leave it out.',
    );
  return {
    rounds: kind === 'boosting' ? wanted : 1,
    early_stopping_rounds: patienceOf(kind, parameters, definition.early_stopping_rounds),
    parameters: Object.fromEntries(parameters),
    roundsOf: (held) => (kind === 'boosting' ? held : wanted),
  };
}
