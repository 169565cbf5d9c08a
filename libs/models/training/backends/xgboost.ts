import { XGBoost, type XGBoostBooster, type XGBoostMatrix } from '../../native/xgboost.js';
import { TrainingFailure } from '../process/failure.js';
import { BOOSTED_XGBOOST, CHILD_WEIGHT } from '../tuning/search-range.js';
import {
  type BackendProgram,
  bothClasses,
  type TrainedModel,
  type TrainingBackend,
  type TrainingTask,
} from './backend.js';
import { EarlyStopping } from './early-stopping.js';

const DEFAULT_MAX_BIN = 256;

type Kind = 'boosting' | 'random-forest';

/** What XGBoost is told, wherever it trains: the definition's parameters between our defaults and what is ours to set. */
export function xgboostParameters(
  kind: Kind,
  {
    columns,
    rounds,
    classes,
    parameters,
    seed,
  }: Pick<TrainingTask, 'rounds' | 'classes' | 'parameters' | 'seed'> & { columns: number },
): Map<string, string> {
  const forest: [string, string][] = [
    ['num_parallel_tree', String(rounds)],
    ['learning_rate', '1'],
    ['max_depth', '12'],
    ['subsample', '0.8'],
    ['colsample_bynode', String(Math.min(1, Math.ceil(Math.sqrt(columns)) / columns))],
    ['reg_lambda', '0.00001'],
  ];
  return new Map<string, string>([
    ['tree_method', 'hist'],
    ...(kind === 'random-forest' ? forest : []),
    ...parameters,
    ['objective', classes === 2 ? 'binary:logistic' : 'multi:softprob'],
    ...(classes === 2 ? [] : [['num_class', String(classes)] as const]),
    ['eval_metric', classes === 2 ? 'logloss' : 'mlogloss'],
    ['seed', String(seed)],
    ['validate_parameters', 'true'],
  ]);
}

/**
 * Rounds without improvement after which it stops; 0 for never. Dropped trees change the weight of earlier ones, so the first rounds of
 * a DART model are not the model they were. Since 3.3 a gbtree drops trees as well, if it is told to. Throws {@link TrainingFailure}
 * for what is no trees at all.
 */
export function patienceOf(kind: Kind, parameters: ReadonlyMap<string, string>, earlyStoppingRounds: number): number {
  const booster = parameters.get('booster') ?? 'gbtree';
  if (booster !== 'gbtree' && booster !== 'dart')
    throw new TrainingFailure(
      'train',
      `hyper_parameters.booster is "${booster}", but only trees can be served.`,
      'Use gbtree or dart, or leave it out.',
    );
  const drops = booster === 'dart' || Number(parameters.get('rate_drop') ?? 0) > 0 || parameters.has('one_drop');
  return drops || kind === 'random-forest' ? 0 : earlyStoppingRounds;
}

/** Gradient boosting and random forests by the XGBoost C library. Blocks while a round is trained. */
export class XGBoostBackend implements TrainingBackend {
  constructor(
    private readonly library: XGBoost,
    private readonly kind: Kind,
  ) {}

  static open(path: string, kind: Kind): XGBoostBackend {
    return new XGBoostBackend(XGBoost.open(path), kind);
  }

  async train(task: TrainingTask): Promise<TrainedModel> {
    const parameters = new Map([
      ...xgboostParameters(this.kind, { ...task, columns: task.train.matrix.columns }),
      ['nthread', String(task.threads)],
    ]);
    const patience = patienceOf(this.kind, parameters, task.earlyStoppingRounds);
    this.library.takeWarnings();
    const train = this.trainingMatrix(task, parameters);
    const validation = this.validationMatrix(task);
    const model = this.library.booster(parameters, validation ? [train, validation] : [train]);

    const iterations = this.kind === 'boosting' ? task.rounds : 1;
    const stopping = new EarlyStopping(patience);
    let done = 0;
    while (done < iterations) {
      model.update(done, train);
      done++;
      const loss = validation ? model.evaluate(done - 1, validation).value : null;
      await task.onRound(this.kind === 'boosting' ? done : task.rounds, loss);
      if (loss !== null && stopping.observe(done, loss)) break;
    }
    const kept = patience > 0 && validation ? stopping.bestRounds : done;
    const final = kept < done ? model.firstRounds(kept) : model;
    if (final !== model) model.free();
    final.setThreads(task.threads);
    return this.trained(task, parameters, final, this.kind === 'boosting' ? kept : task.rounds, train, validation);
  }

  private trained(
    task: TrainingTask,
    parameters: ReadonlyMap<string, string>,
    booster: XGBoostBooster,
    rounds: number,
    train: XGBoostMatrix,
    validation: XGBoostMatrix | null,
  ): TrainedModel {
    const probabilities = (matrix: XGBoostMatrix): Float64Array => {
      const predicted = booster.predict(matrix);
      return task.classes === 2 ? bothClasses(predicted) : Float64Array.from(predicted);
    };
    const gain = new Float64Array(task.train.matrix.columns);
    for (const [column, value] of booster.totalGain()) gain[column] = value;
    return {
      model: { format: 'xgboost-json', file: 'model.xgb.json' },
      file: booster.save('json'),
      library: { name: 'xgboost', version: this.library.version },
      rounds,
      parameters,
      gain,
      warnings: this.library.takeWarnings(),
      probabilities: (data) => {
        const matrix = this.library.matrix(data, task.threads);
        try {
          return probabilities(matrix);
        } finally {
          matrix.free();
        }
      },
      probabilitiesOf: (part) => {
        const matrix = part === 'train' ? train : validation;
        return matrix ? probabilities(matrix) : new Float64Array();
      },
      free: () => {
        booster.free();
        train.free();
        validation?.free();
      },
    };
  }

  /** Binned, where the method works on bins: a quarter of the memory and faster to build. */
  private trainingMatrix(
    { train: { matrix, labels }, weights, threads }: TrainingTask,
    parameters: ReadonlyMap<string, string>,
  ): XGBoostMatrix {
    const made =
      parameters.get('tree_method') === 'hist'
        ? this.library.quantileMatrix(matrix, threads, Number(parameters.get('max_bin') ?? DEFAULT_MAX_BIN))
        : this.library.matrix(matrix, threads);
    made.set('label', labels);
    if (weights) made.set('weight', weights);
    return made;
  }

  /** As plain rows: after every round all of them go through its tree, and finding a row's value in bins takes a search. */
  private validationMatrix({ validation, threads }: TrainingTask): XGBoostMatrix | null {
    if (!validation) return null;
    const made = this.library.matrix(validation.matrix, threads);
    made.set('label', validation.labels);
    return made;
  }
}

export const XGBOOST: BackendProgram = {
  open: { native: (library) => XGBoostBackend.open(library, 'boosting') },
  sharesParameters: true,
  searchSpace: BOOSTED_XGBOOST,
};

export const RANDOM_FOREST: BackendProgram = {
  open: { native: (library) => XGBoostBackend.open(library, 'random-forest') },
  sharesParameters: false,
  searchSpace: {
    max_depth: { from: 6, to: 18, scale: 'even', whole: true },
    min_child_weight: CHILD_WEIGHT,
    subsample: { from: 0.5, to: 1, scale: 'even' },
    colsample_bynode: { from: 0.2, to: 1, scale: 'even' },
  },
};
