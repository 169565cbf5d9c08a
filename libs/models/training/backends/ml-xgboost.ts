import { canonicalJson } from '#domain/audit/canonical-json';
import type { Matrix } from '../../native/matrix.js';
import type { TreesFile } from '../../package/trees-json.js';
import type { LabelledMatrix } from '../matrices.js';
import { TrainingFailure } from '../process/failure.js';
import { BOOSTED_XGBOOST } from '../tuning/search-range.js';
import {
  type BackendProgram,
  bothClasses,
  type TrainedModel,
  type TrainingBackend,
  type TrainingTask,
} from './backend.js';
import { bestRounds } from './cut-afterwards.js';
import { loadMlXgboost } from './ml-xgboost-package.js';
import { type Limit, PORTABLE_MODEL, portableWarning, requireSmall, understood } from './portable-limits.js';
import { type BinaryModel, readXgboostBinary } from './xgboost-binary.js';

const NAME = 'ml-xgboost';
const VERSION = '1.1.2';
const LIMIT: Limit = {
  rows: 10_000,
  // It hands the matrix over on a WebAssembly stack of 5 MiB, four bytes a cell, and breaks when that overflows.
  cells: 1_000_000,
  because: 'it keeps everything in one small WebAssembly memory',
};

/** As it calls them, and as newer releases do. */
const PARAMETERS = new Map([
  ['learning_rate', 'eta'],
  ['eta', 'eta'],
  ['max_depth', 'max_depth'],
  ['min_child_weight', 'min_child_weight'],
  ['subsample', 'subsample'],
  ['colsample_bytree', 'colsample_bytree'],
  ['gamma', 'gamma'],
  ['reg_lambda', 'lambda'],
  ['lambda', 'lambda'],
  ['reg_alpha', 'alpha'],
  ['alpha', 'alpha'],
]);

/** XGBoost's own defaults; those of the package differ. */
const DEFAULTS = { eta: '0.3', max_depth: '6', subsample: '1' };

/** How the package's C++ side is told that a value is missing, which it has no parameter for. */
const MISSING = -1;
/** The float32 next to it stands in for a real −1. */
const ALMOST_MISSING = Math.fround(-1 + 2 ** -24);

/** XGBoost of 2018 as WebAssembly, for small data on a machine without native libraries. Blocks for the whole training. */
export class MlXgboostBackend implements TrainingBackend {
  async train(task: TrainingTask): Promise<TrainedModel> {
    requireSmall(NAME, LIMIT, task);
    const { options, warnings } = optionsOf(task);
    let trained = await boost(task, options, task.rounds);
    if (task.validation && task.earlyStoppingRounds > 0) {
      const rounds = bestRounds(treesFile(trained.binary, task.classes), task.validation, task.earlyStoppingRounds);
      // Equal seeds give equal first rounds, so training fewer of them is the same as cutting the model short.
      if (rounds < task.rounds) {
        trained.free();
        trained = await boost(task, options, rounds);
      }
    }
    const { binary, probabilities, free, rounds } = trained;
    await task.onRound(task.rounds, null);
    return {
      model: PORTABLE_MODEL,
      file: Buffer.from(`${canonicalJson(treesFile(binary, task.classes))}\n`),
      library: { name: NAME, version: VERSION },
      rounds,
      parameters: new Map([...options, ['iterations', String(rounds)]]),
      gain: gainOf(binary, task.train.matrix.columns),
      warnings: [portableWarning(NAME), ...warnings],
      probabilities,
      probabilitiesOf: (part) => {
        const labelled = part === 'train' ? task.train : task.validation;
        return labelled ? probabilities(labelled.matrix) : new Float64Array();
      },
      free,
    };
  }
}

export const ML_XGBOOST: BackendProgram = {
  open: { portable: () => new MlXgboostBackend() },
  sharesParameters: false,
  searchSpace: BOOSTED_XGBOOST,
};

function optionsOf(task: TrainingTask): { options: Map<string, string>; warnings: string[] } {
  const { parameters, warnings } = understood(NAME, task.parameters, PARAMETERS);
  const options = new Map<string, string>([
    ...Object.entries(DEFAULTS),
    ...parameters,
    ['booster', 'gbtree'],
    ['objective', task.classes === 2 ? 'binary:logistic' : 'multi:softprob'],
    ...(task.classes === 2 ? [] : [['num_class', String(task.classes)] as const]),
    ['seed', String(task.seed)],
    ['silent', '1'],
  ]);
  if (task.weights && task.classes === 2)
    options.set('scale_pos_weight', String(ratioOfWeights(task.train.labels, task.weights)));
  else if (task.weights)
    warnings.push(`${NAME} has no weights for more than two classes, so class_weights was not taken into account.`);
  return { options, warnings };
}

/** Weight of a row of the second class, that of the first being 1. */
function ratioOfWeights(labels: Float32Array, weights: Float32Array): number {
  const first = weights[labels.indexOf(0)] ?? 1;
  const second = weights[labels.indexOf(1)] ?? 1;
  return second / first;
}

async function boost({ train, classes }: TrainingTask, options: ReadonlyMap<string, string>, rounds: number) {
  const Booster = await loadMlXgboost();
  const booster = new Booster({ ...Object.fromEntries(options), iterations: rounds });
  try {
    booster.train(rowsOf(train.matrix), Array.from(train.labels));
  } catch (error) {
    // What C++ throws arrives as a number; the message is on stderr.
    throw new TrainingFailure(
      'train',
      `${NAME} refused its data or parameters (${[...options].map(([name, value]) => `${name}=${value}`).join(', ')}).`,
      'Correct hyper_parameters, or train with xgboost, lightgbm or random-forest; "npm start" fetches their libraries.',
      { cause: error },
    );
  }
  const bytes = Uint8Array.from(booster.toJSON().model, (byte) => byte & 0xff);
  return {
    rounds,
    binary: readXgboostBinary(bytes),
    probabilities: (data: Matrix): Float64Array => {
      const said = booster.predict(rowsOf(data)).flat();
      return classes === 2 ? bothClasses(said) : Float64Array.from(said);
    },
    free: () => booster.free(),
  };
}

function rowsOf({ rows, columns, values }: LabelledMatrix['matrix']): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => told(values[row * columns + column])),
  );
}

function told(value: number | undefined): number {
  if (value === undefined || Number.isNaN(value)) return MISSING;
  return value === MISSING ? ALMOST_MISSING : value;
}

function treesFile({ width, base, groups, trees }: BinaryModel, classes: number): TreesFile {
  return {
    format: 'ratchet-trees',
    format_version: 1,
    width,
    classes,
    // -0 is how the library writes the margin of one half.
    base: new Array<number>(groups).fill(base + 0),
    divisor: 1,
    link: classes === 2 ? { kind: 'sigmoid', scale: 1 } : { kind: 'softmax' },
    precision: 'float32',
    trees: trees.map(({ tree }) => tree),
  };
}

function gainOf({ trees }: BinaryModel, width: number): Float64Array {
  const gain = new Float64Array(width);
  for (const { tree, gain: gains } of trees)
    tree.column.forEach((column, split) => {
      gain[column] = (gain[column] ?? 0) + (gains[split] ?? 0);
    });
  return gain;
}
