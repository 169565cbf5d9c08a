import { LightGBM, type LightGBMBooster } from '../../native/lightgbm.js';
import { TrainingFailure } from '../process/failure.js';
import { COLUMNS, LAMBDA, LEARNING_RATE, SUBSAMPLE } from '../tuning/search-range.js';
import {
  type BackendProgram,
  bothClasses,
  type TrainedModel,
  type TrainingBackend,
  type TrainingTask,
} from './backend.js';
import { EarlyStopping } from './early-stopping.js';

/** Of the Maven artifact that the library comes from; the C interface does not tell. */
const LIBRARY_VERSION = '4.3.0';

/** Gradient boosting by the LightGBM C library. Blocks while a round is trained. */
export class LightGBMBackend implements TrainingBackend {
  private constructor(private readonly library: LightGBM) {}

  static open(path: string): LightGBMBackend {
    return new LightGBMBackend(LightGBM.open(path));
  }

  async train(task: TrainingTask): Promise<TrainedModel> {
    const parameters = parametersOf(task);
    const boosting = parameters.get('boosting') ?? parameters.get('boosting_type') ?? parameters.get('boost') ?? 'gbdt';
    if (parameters.get('linear_tree') === 'true')
      throw new TrainingFailure(
        'train',
        'hyper_parameters.linear_tree is true, but only trees with constant leaves can be served.',
        'Leave linear_tree out.',
      );
    this.library.takeWarnings();
    const train = this.library.dataset(task.train.matrix, parameters);
    train.set('label', task.train.labels);
    if (task.weights) train.set('weight', task.weights);
    const booster = this.library.booster(train, parameters);
    const validation = task.validation ? this.library.dataset(task.validation.matrix, parameters, train) : null;
    if (task.validation && validation) {
      validation.set('label', task.validation.labels);
      booster.addValidation(validation);
    }

    // A DART model changes the weight of earlier trees, and a forest's trees are averaged: neither can be cut short.
    const mayCut = boosting === 'gbdt' && task.earlyStoppingRounds > 0 && validation !== null;
    const stopping = new EarlyStopping(mayCut ? task.earlyStoppingRounds : 0);
    let done = 0;
    while (done < task.rounds) {
      const exhausted = booster.update();
      done = booster.rounds();
      const loss = validation ? booster.evaluate() : null;
      await task.onRound(done, loss);
      if (exhausted || (loss !== null && stopping.observe(done, loss))) break;
    }
    const rounds = mayCut && stopping.bestRounds > 0 ? stopping.bestRounds : done;
    return this.trained(task, parameters, booster, rounds, () => {
      booster.free();
      validation?.free();
      train.free();
    });
  }

  private trained(
    task: TrainingTask,
    parameters: ReadonlyMap<string, string>,
    booster: LightGBMBooster,
    rounds: number,
    free: () => void,
  ): TrainedModel {
    const probabilities: TrainedModel['probabilities'] = (data) => {
      const predicted = booster.predict(data, rounds, task.threads);
      return task.classes === 2 ? bothClasses(predicted) : predicted;
    };
    return {
      model: { format: 'lightgbm-text', file: 'model.lgbm.txt' },
      file: booster.save(rounds),
      library: { name: 'lightgbm', version: LIBRARY_VERSION },
      rounds,
      parameters,
      gain: booster.totalGain(rounds),
      warnings: this.library.takeWarnings(),
      probabilities,
      probabilitiesOf: (part) => {
        const labelled = part === 'train' ? task.train : task.validation;
        return labelled ? probabilities(labelled.matrix) : new Float64Array();
      },
      free,
    };
  }
}

function parametersOf(task: TrainingTask): Map<string, string> {
  const given = task.parameters;
  const bagging = given.has('subsample') || given.has('bagging_fraction');
  return new Map<string, string>([
    // Without a bagging frequency LightGBM takes no notice of the fraction.
    ...(bagging && !given.has('bagging_freq') && !given.has('subsample_freq') ? [['bagging_freq', '1'] as const] : []),
    // Otherwise it times both ways at the start and takes the faster, so that equal runs could differ.
    ...(given.has('force_row_wise') ? [] : [['force_col_wise', 'true'] as const]),
    ...given,
    ['deterministic', 'true'],
    ['objective', task.classes === 2 ? 'binary' : 'multiclass'],
    ...(task.classes === 2 ? [] : [['num_class', String(task.classes)] as const]),
    ['metric', task.classes === 2 ? 'binary_logloss' : 'multi_logloss'],
    ['seed', String(task.seed)],
    ['num_threads', String(task.threads)],
    ['verbosity', '0'],
  ]);
}

export const LIGHTGBM: BackendProgram = {
  open: { native: (library) => LightGBMBackend.open(library) },
  sharesParameters: true,
  searchSpace: {
    num_leaves: { from: 15, to: 127, scale: 'log', whole: true, aliases: ['num_leaf', 'max_leaves', 'max_leaf_nodes'] },
    learning_rate: LEARNING_RATE,
    min_data_in_leaf: {
      from: 5,
      to: 100,
      scale: 'log',
      whole: true,
      aliases: ['min_child_samples', 'min_data_per_leaf', 'min_data', 'min_samples_leaf'],
    },
    subsample: SUBSAMPLE,
    colsample_bytree: COLUMNS,
    reg_lambda: LAMBDA,
  },
};
