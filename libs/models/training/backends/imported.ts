import { GROWER_OF } from '#contracts/model-package';
import { linkSums } from '../../evaluators/link.js';
import type { ModelReading } from '../../evaluators/reading/model-reading.js';
import { ForestEvaluator } from '../../evaluators/walks/forest-evaluator.js';
import { LightGBM } from '../../native/lightgbm.js';
import type { Matrix } from '../../native/matrix.js';
import { XGBoost } from '../../native/xgboost.js';
import { requireNames } from '../imported/imported.js';
import { type ImportedFile, roundsSentence, unreadable } from '../imported/imported-file.js';
import { TrainingFailure } from '../process/failure.js';
import { bothClasses, type TrainedModel, type TrainingBackend, type TrainingTask } from './backend.js';

/** How a model answers, by its own library or by the evaluator of serving. */
interface Answers {
  /** In the format that a package keeps. */
  readonly file: Buffer;
  readonly gain: Float64Array;
  probabilities(data: Matrix): Float64Array;
  free(): void;
}

/** "Trains" by asking a model that was trained elsewhere: the rows only show how it answers. */
export class ImportedBackend implements TrainingBackend {
  constructor(
    private readonly imported: ImportedFile,
    /** Of the native library that trained it; null where there is none. */
    private readonly library: string | null,
    /** Names of the matrix's columns. */
    private readonly columns: readonly string[],
  ) {}

  async train(task: TrainingTask): Promise<TrainedModel> {
    const { format, model, reading, description } = this.imported;
    const { forest } = reading;
    requireNames(reading.columns, this.columns);
    const { columns } = task.train.matrix;
    if (forest.width !== columns || forest.classes !== task.classes)
      throw new TrainingFailure(
        'train',
        `The model takes ${forest.width} columns and tells ${forest.classes} classes apart; the description gives ${columns} columns, the definition ${task.classes} classes.`,
        'Correct the encoders or the definition, then register it again.',
      );
    const answers = this.open(task);
    const { library, parameters } = description;
    const rounds = roundsSentence(reading.rounds);
    await task.onRound(task.rounds, null);
    return {
      model,
      file: answers.file,
      library: library ?? { name: GROWER_OF[format], version: 'unknown' },
      rounds: reading.rounds.used,
      parameters: new Map(Object.entries(parameters ?? {})),
      gain: answers.gain,
      warnings: [
        'Trained elsewhere and registered; the training statistics are of the rows here, of which it may have seen any.',
        ...(rounds === null ? [] : [rounds]),
        ...(this.library === null && (description.golden ?? []).length === 0
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

  private open(task: TrainingTask): Answers {
    const { format } = this.imported;
    try {
      if (this.library !== null && format !== 'trees-json')
        return format === 'lightgbm-text'
          ? byLightgbm(this.library, this.imported, task)
          : byXgboost(this.library, this.imported, task);
    } catch (error) {
      throw unreadable(format, error);
    }
    if (format === 'xgboost-ubj')
      throw new TrainingFailure(
        'train',
        'A UBJSON model can only be taken in where there is an XGBoost library.',
        'Run "npm start" once, which fetches it, or save the model as JSON: booster.save_model("model.json").',
      );
    return byEvaluator(this.imported, this.columns);
  }
}

function byXgboost(path: string, { format, bytes, reading }: ImportedFile, task: TrainingTask): Answers {
  const { classes, threads, train } = task;
  const library = XGBoost.open(path);
  const booster = library.load(bytes, threads);
  const { held, used } = reading.rounds;
  const file = format === 'xgboost-json' ? bytes : booster.save('json');
  const gain = new Float64Array(train.matrix.columns);
  const kept = used < held ? booster.firstRounds(used) : booster;
  for (const [column, value] of kept.totalGain(reading.columns)) if (column in gain) gain[column] = value;
  if (kept !== booster) kept.free();
  return {
    file,
    gain,
    probabilities: (data) => {
      const matrix = library.matrix(data, threads);
      try {
        const said = booster.predict(matrix, { margin: reading.predictsLabels, rounds: used });
        if (reading.predictsLabels) return softmaxOf(reading, said);
        return classes === 2 && said.length === data.rows ? bothClasses(said) : Float64Array.from(said);
      } finally {
        matrix.free();
      }
    },
    free: () => booster.free(),
  };
}

/** Probabilities from the margins of a model whose own prediction is the class alone. */
function softmaxOf({ forest }: ModelReading, margins: Float32Array): Float64Array {
  const sums = Float64Array.from(margins);
  const out = new Float64Array(sums.length);
  for (let at = 0; at < sums.length; at += forest.classes) linkSums(forest, sums, at, 1, out, at);
  return out;
}

function byLightgbm(path: string, { bytes, reading }: ImportedFile, { classes, threads }: TrainingTask): Answers {
  const booster = LightGBM.open(path).load(bytes);
  const { used } = reading.rounds;
  return {
    file: bytes,
    gain: booster.totalGain(used),
    probabilities: (data) => {
      const said = booster.predict(data, used, threads);
      return classes === 2 && said.length === data.rows ? bothClasses(said) : said;
    },
    free: () => booster.free(),
  };
}

function byEvaluator({ bytes, reading: { forest }, description }: ImportedFile, columns: readonly string[]): Answers {
  const evaluator = new ForestEvaluator(
    forest,
    Array.from({ length: forest.classes }, (_, c) => String(c)),
  );
  return {
    file: bytes,
    gain: Float64Array.from(columns, (column) => Math.max(0, description.importance?.[column] ?? 0)),
    probabilities: ({ values, rows }) => evaluator.predict(values, rows),
    free: () => undefined,
  };
}
