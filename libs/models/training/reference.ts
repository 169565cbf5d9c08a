import type { Reference } from '#contracts/model-package';
import type { Histogram } from '#features/histograms';

/** How a model answers rows whose classes are known, counted a few or all of them at a time. */
export class Answers {
  rows = 0;
  private correct = 0;
  private readonly sums: number[];
  private readonly deciles = new Array<number>(10).fill(0);
  private readonly labelled: number[];

  constructor(private readonly classes: number) {
    this.sums = new Array<number>(classes).fill(0);
    this.labelled = new Array<number>(classes).fill(0);
  }

  /** @param probabilities rows × classes, row by row; none where a model does not say */
  add(probabilities: Float64Array, labels: Float32Array): this {
    const { classes, sums } = this;
    labels.forEach((label, row) => {
      this.rows++;
      this.labelled[label] = (this.labelled[label] ?? 0) + 1;
      if (mostProbable(probabilities, row, classes) === label) this.correct++;
    });
    for (let at = 0; at < probabilities.length; at += classes) {
      for (let c = 0; c < classes; c++) sums[c] = (sums[c] ?? 0) + (probabilities[at + c] ?? 0);
      const last = probabilities[at + classes - 1] ?? 0;
      const decile = Math.min(9, Math.max(0, Math.floor(last * 10)));
      this.deciles[decile] = (this.deciles[decile] ?? 0) + 1;
    }
    return this;
  }

  /** Share of rows whose most probable class is their label; 0 for no rows. */
  get accuracy(): number {
    return this.rows === 0 ? 0 : this.correct / this.rows;
  }

  /** Rows of each class. */
  get counts(): readonly number[] {
    return this.labelled;
  }

  get predictions(): Reference['predictions'] {
    const predicted = this.deciles.reduce((sum, rows) => sum + rows, 0);
    return { mean: this.sums.map((sum) => (predicted === 0 ? 0 : sum / predicted)), deciles: [...this.deciles] };
  }
}

/** Of two classes, the second wins from 0.5 on. */
function mostProbable(probabilities: Float64Array, row: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) {
    const p = probabilities[row * classes + c] ?? 0;
    const q = probabilities[row * classes + best] ?? 0;
    if (p > q || (classes === 2 && p === q)) best = c;
  }
  return best;
}

/**
 * `reference.json`: the features of the training part, and how the model answers rows it was not trained on (those of
 * the validation part; of the training part if that is empty).
 */
export const referenceOf = (features: ReadonlyMap<string, Histogram>, train: Answers, heldOut: Answers): Reference => ({
  rows: train.rows,
  features: Object.fromEntries(features),
  predictions: (heldOut.rows > 0 ? heldOut : train).predictions,
});
