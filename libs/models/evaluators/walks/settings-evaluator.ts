import type { Forest } from '../forest.js';
import { ForestEvaluator } from './forest-evaluator.js';
import { PerfectEvaluator } from './perfect-evaluator.js';
import { perfectForest, type Setting } from './perfect-trees.js';

/** Evaluates many rows under several settings of some columns each, such as one setting per action. */
export interface SettingsEvaluator {
  /** Rows × settings × classes probabilities; what the matrix holds in the columns of the settings does not matter. */
  predict(matrix: Float32Array, rows: number): Float64Array;
}

/** Gives the very numbers that a {@link ForestEvaluator} gives for the rows with the settings written into them. */
export function settingsEvaluator(forest: Forest, settings: readonly Setting[]): SettingsEvaluator {
  const perfect = perfectForest(forest, settings);
  return perfect === null
    ? new WrittenSettings(forest, settings)
    : new PerfectEvaluator(forest, perfect, settings.length);
}

/** For every other forest: as many rows as there are settings. */
class WrittenSettings implements SettingsEvaluator {
  private readonly evaluator: ForestEvaluator;

  constructor(
    private readonly forest: Forest,
    private readonly settings: readonly Setting[],
  ) {
    this.evaluator = new ForestEvaluator(forest, []);
  }

  predict(matrix: Float32Array, rows: number): Float64Array {
    const { settings, forest } = this;
    const { width } = forest;
    const written = new Float32Array(rows * settings.length * width);
    let at = 0;
    for (let row = 0; row < rows; row++)
      for (const setting of settings) {
        written.set(matrix.subarray(row * width, (row + 1) * width), at);
        for (const [column, value] of setting) written[at + column] = value;
        at += width;
      }
    return this.evaluator.predict(written, rows * settings.length);
  }
}
