import type { ModelDefinition } from '#contracts/model-definition';
import { parametersFor } from '../backends/parameters.js';
import { patienceOf, xgboostParameters } from '../backends/xgboost.js';
import { TrainingFailure } from '../process/failure.js';
import type { ClusterOrder } from './order.js';

/** What a cluster is told besides its rows. */
type ClusterPlan = Pick<ClusterOrder, 'rounds' | 'early_stopping_rounds' | 'parameters'>;

/** How to boost, `columns` being those of the model. Throws {@link TrainingFailure} for parameters that do not work on a cluster. */
export function planOf(definition: ModelDefinition, classes: number, columns: number): ClusterPlan {
  const { rounds, parameters: own } = parametersFor(definition, 'xgboost');
  const { seed, early_stopping_rounds } = definition;
  const parameters = xgboostParameters('boosting', { columns, rounds, classes, parameters: own, seed });
  if (parameters.get('tree_method') === 'exact')
    throw new TrainingFailure(
      'prepare',
      'hyper_parameters.tree_method is "exact", which XGBoost does not offer on a cluster.',
      'Use hist or approx, or leave it out.',
    );
  return {
    rounds,
    early_stopping_rounds: patienceOf('boosting', parameters, early_stopping_rounds),
    parameters: Object.fromEntries(parameters),
  };
}
