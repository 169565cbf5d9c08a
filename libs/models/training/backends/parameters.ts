import { type Backend, describeBackend } from '#contracts/backends';
import type { ModelDefinition } from '#contracts/model-definition';
import { inDefinition } from '../definition-advice.js';
import { TrainingFailure } from '../process/failure.js';
import { TRAINING_BACKENDS } from './table.js';

/** What a library is told besides its data. */
export interface BackendParameters {
  readonly rounds: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Set by Ratchet, because the package, the split or the process depend on them. */
const OWN = [
  'objective',
  'num_class',
  'application',
  'app',
  'metric',
  'eval_metric',
  'nthread',
  'n_jobs',
  'num_threads',
  'num_thread',
  'seed',
  'random_state',
  'random_seed',
  'device',
  'device_type',
  'task',
  'early_stopping_round',
  'early_stopping_rounds',
  'verbosity',
  'process_type',
  'updater',
];

/** Known to both boosting libraries under one name, so that a run may try the other library with them. */
const SHARED_BY_BOOSTERS = [
  'learning_rate',
  'max_depth',
  'subsample',
  'colsample_bytree',
  'reg_alpha',
  'reg_lambda',
  'min_child_weight',
];

const isBooster = (backend: Backend): boolean => TRAINING_BACKENDS[backend].sharesParameters;

/**
 * The definition's hyper-parameters for the backend of a run. They belong to the definition's own backend; when a run
 * asks for another, boosters share what both know by one name, and everything else starts from its defaults.
 * Throws {@link TrainingFailure} for a parameter that is not the definition's to set.
 */
export function parametersFor(definition: ModelDefinition, backend: Backend): BackendParameters {
  const given = Object.entries(definition.hyper_parameters);
  for (const [name] of given)
    if (OWN.includes(name))
      throw new TrainingFailure(
        'prepare',
        `hyper_parameters of "${definition.name}" sets ${name}, which Ratchet sets itself.`,
        `Remove it from ${inDefinition(definition)}; seed, class_weights and early_stopping_rounds are fields of the definition.`,
      );
  const own = backend === definition.backend;
  const shared = isBooster(backend) && isBooster(definition.backend);
  const kept = given.filter(([name]) => own || (shared && (name === 'rounds' || SHARED_BY_BOOSTERS.includes(name))));
  const rounds = kept.find(([name]) => name === 'rounds')?.[1] ?? describeBackend(backend).rounds;
  if (typeof rounds !== 'number' || !Number.isInteger(rounds) || rounds < 1 || rounds > 100_000)
    throw new TrainingFailure(
      'prepare',
      `hyper_parameters.rounds of "${definition.name}" is ${String(rounds)}; expected a whole number from 1 to 100000.`,
      `Correct it in ${inDefinition(definition)}.`,
    );
  return {
    rounds,
    parameters: new Map(kept.filter(([name]) => name !== 'rounds').map(([name, value]) => [name, String(value)])),
  };
}
