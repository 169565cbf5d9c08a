import type { ModelFile } from '#contracts/model-package';
import type { Matrix } from '../../native/matrix.js';
import type { LabelledMatrix } from '../matrices.js';
import type { SearchSpace } from '../tuning/search-range.js';

/** What a backend trains on. Two classes are one probability, of the second class. */
export interface TrainingTask {
  readonly train: LabelledMatrix;
  /** One per training row; null for equal weights. */
  readonly weights: Float32Array | null;
  /** Null when the validation part is empty. */
  readonly validation: LabelledMatrix | null;
  readonly classes: number;
  /** Boosting rounds, or trees of a forest. */
  readonly rounds: number;
  /** Rounds without improvement after which it stops; 0 for never. */
  readonly earlyStoppingRounds: number;
  /** The library's own parameters by its own names, as the definition gives them. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly seed: number;
  readonly threads: number;
  /** Called after every round, `loss` being that of the validation part. */
  onRound(done: number, loss: number | null): Promise<void>;
}

/** A model in the memory of its library. */
export interface TrainedModel {
  readonly model: ModelFile;
  readonly file: Buffer;
  readonly library: { readonly name: string; readonly version: string };
  /** Rounds (or trees) that are in the file. */
  readonly rounds: number;
  /** Everything the library was told, by its own names. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Gain of each column; all 0 when nothing was split. */
  readonly gain: Float64Array;
  readonly warnings: readonly string[];
  /** Probability of every class for every row, row by row. */
  probabilities(data: Matrix): Float64Array;
  /** The same for a part it was trained with. */
  probabilitiesOf(part: 'train' | 'validation'): Float64Array;
  free(): void;
}

export interface TrainingBackend {
  train(task: TrainingTask): Promise<TrainedModel>;
}

/** How one of the BACKENDS trains. */
export interface BackendProgram {
  /** Ready to train, its library loaded. Throws NativeLibraryError when that fails. */
  readonly open:
    | { readonly native: (library: string) => TrainingBackend }
    | { readonly portable: () => TrainingBackend };
  /** Whether it goes by the names that boosting libraries share, so that a run may try one with another's parameters. */
  readonly sharesParameters: boolean;
  readonly searchSpace: SearchSpace;
}

/** [1-p, p] for each p of the second class. */
export function bothClasses(second: ArrayLike<number>): Float64Array {
  const out = new Float64Array(second.length * 2);
  for (let row = 0; row < second.length; row++) {
    const p = second[row] ?? Number.NaN;
    out[row * 2] = 1 - p;
    out[row * 2 + 1] = p;
  }
  return out;
}
