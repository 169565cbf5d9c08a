import type { ModelFile } from '#contracts/model-package';
import { columnNames } from '../../evaluators/column-names.js';
import { ModelFormatError } from '../../evaluators/evaluator.js';
import type { Forest } from '../../evaluators/forest.js';
import { ForestEvaluator } from '../../evaluators/forest-evaluator.js';
import { parseLightgbmText } from '../../evaluators/lightgbm-text.js';
import { parseXgboostJson } from '../../evaluators/xgboost-json.js';
import { LightGBM } from '../../native/lightgbm.js';
import type { Matrix } from '../../native/matrix.js';
import { XGBoost } from '../../native/xgboost.js';
import { TrainingFailure } from '../failure.js';
import { importedBytes, importedFile, requireNames } from '../imported.js';
import type { ImportedModel } from '../job.js';
import { bothClasses, type TrainedModel, type TrainingBackend, type TrainingTask } from './backend.js';

/** How a model answers, by its own library or by the evaluator of serving. */
interface Answers {
  /** In the format that a package keeps. */
  readonly file: Buffer;
  readonly gain: Float64Array;
  probabilities(data: Matrix): Float64Array;
  free(): void;
}

/** "Trains" by reading a model that was trained elsewhere: the rows only show how it answers. */
export class ImportedBackend implements TrainingBackend {
  constructor(
    private readonly imported: ImportedModel,
    /** Of the native library that trained it; null where there is none. */
    private readonly library: string | null,
    /** Names of the matrix's columns. */
    private readonly columns: readonly string[],
  ) {}

  async train(task: TrainingTask): Promise<TrainedModel> {
    const model = importedFile(this.imported);
    const answers = this.open(model, task);
    const forest = readForest(model, answers.file);
    requireNames(columnNames(model.format, answers.file), this.columns);
    const { columns } = task.train.matrix;
    if (forest.width !== columns || forest.classes !== task.classes)
      throw new TrainingFailure(
        'train',
        `The model takes ${forest.width} columns and tells ${forest.classes} classes apart; the description gives ${columns} columns, the definition ${task.classes} classes.`,
        'Correct the encoders or the definition, then register it again.',
      );
    const { library, parameters } = this.imported.description;
    const rounds = Math.round(forest.roots.length / forest.groups);
    await task.onRound(task.rounds, null);
    return {
      model,
      file: answers.file,
      library: library ?? { name: model.format === 'lightgbm-text' ? 'lightgbm' : 'xgboost', version: 'unknown' },
      rounds,
      parameters: new Map(Object.entries(parameters ?? {})),
      gain: answers.gain,
      warnings: [
        'Trained elsewhere and registered; the training statistics are of the rows here, of which it may have seen any.',
        ...(this.library === null
          ? [
              'There was no native library to check the answers with; the golden predictions are those of the evaluator.',
            ]
          : []),
      ],
      probabilities: (data) => answers.probabilities(data),
      probabilitiesOf: (part) => {
        const labelled = part === 'train' ? task.train : task.validation;
        return labelled ? answers.probabilities(labelled.matrix) : new Float64Array();
      },
      free: () => answers.free(),
    };
  }

  private open(model: ModelFile, task: TrainingTask): Answers {
    const bytes = importedBytes(this.imported);
    try {
      if (this.library !== null)
        return model.format === 'lightgbm-text'
          ? byLightgbm(this.library, bytes, task)
          : byXgboost(this.library, this.imported.format, bytes, task);
    } catch (error) {
      throw unreadable(model, error);
    }
    if (this.imported.format === 'xgboost-ubj')
      throw new TrainingFailure(
        'train',
        'A UBJSON model can only be taken in where there is an XGBoost library.',
        'Run "npm start" once, which fetches it, or save the model as JSON: booster.save_model("model.json").',
      );
    return byEvaluator(model, bytes, task);
  }
}

function byXgboost(
  path: string,
  format: ImportedModel['format'],
  bytes: Buffer,
  { classes, threads, train }: TrainingTask,
): Answers {
  const library = XGBoost.open(path);
  const booster = library.load(bytes, threads);
  const file = format === 'xgboost-json' ? bytes : booster.save('json');
  const gain = new Float64Array(train.matrix.columns);
  for (const [column, value] of booster.totalGain(columnNames('xgboost-json', file)))
    if (column in gain) gain[column] = value;
  return {
    file,
    gain,
    probabilities: (data) => {
      const matrix = library.matrix(data, threads);
      try {
        const said = booster.predict(matrix);
        return classes === 2 && said.length === data.rows ? bothClasses(said) : Float64Array.from(said);
      } finally {
        matrix.free();
      }
    },
    free: () => booster.free(),
  };
}

function byLightgbm(path: string, bytes: Buffer, { classes, threads }: TrainingTask): Answers {
  const booster = LightGBM.open(path).load(bytes);
  return {
    file: bytes,
    gain: booster.totalGain(0),
    probabilities: (data) => {
      const said = booster.predict(data, 0, threads);
      return classes === 2 && said.length === data.rows ? bothClasses(said) : said;
    },
    free: () => booster.free(),
  };
}

function byEvaluator(model: ModelFile, bytes: Buffer, { train }: TrainingTask): Answers {
  const forest = readForest(model, bytes);
  const evaluator = new ForestEvaluator(
    forest,
    Array.from({ length: forest.classes }, (_, c) => String(c)),
  );
  return {
    file: bytes,
    gain: new Float64Array(train.matrix.columns),
    probabilities: ({ values, rows }) => evaluator.predict(values, rows),
    free: () => undefined,
  };
}

function readForest(model: ModelFile, bytes: Buffer): Forest {
  try {
    return model.format === 'lightgbm-text' ? parseLightgbmText(bytes) : parseXgboostJson(bytes);
  } catch (error) {
    if (error instanceof ModelFormatError) throw unreadable(model, error);
    throw error;
  }
}

const unreadable = (model: ModelFile, error: unknown): TrainingFailure =>
  new TrainingFailure(
    'train',
    `The file cannot be served as ${model.format}: ${error instanceof Error ? error.message : String(error)}.`,
    'Register a model of trees that XGBoost saved as JSON or UBJSON, or LightGBM as text.',
    { cause: error },
  );
