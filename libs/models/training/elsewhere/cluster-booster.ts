import { readFileSync } from 'node:fs';
import { ModelFormatError } from '../../evaluators/evaluator.js';
import { readModel } from '../../evaluators/reading/read-model.js';
import { XGBoost } from '../../native/xgboost.js';
import { bothClasses, type TrainedModel } from '../backends/backend.js';
import { TrainingFailure } from '../process/failure.js';

/** What a model from a cluster is expected to be. */
export interface ExpectedModel {
  readonly columns: number;
  readonly classes: number;
  readonly threads: number;
  /** Path of XGBoost's library. */
  readonly library: string | null;
}

export type ClusterBooster = Pick<TrainedModel, 'file' | 'gain' | 'probabilities' | 'free'> & {
  /** Boosting rounds in the file. */
  readonly rounds: number;
};

/**
 * Opens a file that a cluster wrote. Our own reader goes first: one that is cut off would take the native library down. Throws
 * {@link TrainingFailure}.
 */
export function openClusterModel(path: string, { columns, classes, threads, library }: ExpectedModel): ClusterBooster {
  const file = readFileSync(path);
  const { forest, rounds } = readSound(file);
  if (forest.width !== columns || forest.classes !== classes)
    throw new TrainingFailure(
      'train',
      `The model that came from the cluster takes ${forest.width} columns and tells ${forest.classes} classes apart, instead of ${columns} and ${classes}.`,
      'This is a defect of Ratchet; keep the log of the run and report it with the definition.',
    );
  if (library === null) throw new RangeError('a model of a cluster is opened with no library named');
  const xgboost = XGBoost.open(library);
  const booster = xgboost.load(file, threads);
  const gain = new Float64Array(columns);
  for (const [column, value] of booster.totalGain()) gain[column] = value;
  return {
    file,
    gain,
    rounds: rounds.held,
    probabilities: (data) => {
      const matrix = xgboost.matrix(data, threads);
      try {
        const said = booster.predict(matrix);
        return classes === 2 ? bothClasses(said) : Float64Array.from(said);
      } finally {
        matrix.free();
      }
    },
    free: () => booster.free(),
  };
}

function readSound(file: Buffer) {
  try {
    return readModel('xgboost-json', file);
  } catch (error) {
    if (!(error instanceof ModelFormatError)) throw error;
    throw new TrainingFailure(
      'train',
      `The file that came from the cluster is no model that can be served: ${error.message}.`,
      'Train again; if it happens again, compare the version of XGBoost on the cluster with docs/reference/model-formats.md.',
      { cause: error },
    );
  }
}
