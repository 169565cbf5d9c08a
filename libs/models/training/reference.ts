import type { Reference } from '#contracts/model-package';
import type { Histogram } from '#features/histograms';

/**
 * `reference.json`: the features of the training part, and how the model answers rows it was not trained on (those of
 * the validation part; of the training part if that is empty).
 *
 * @param probabilities rows × classes, row by row
 */
export function referenceOf(
  rows: number,
  features: ReadonlyMap<string, Histogram>,
  probabilities: Float64Array,
  classes: number,
): Reference {
  const sums = new Array<number>(classes).fill(0);
  const deciles = new Array<number>(10).fill(0);
  const predicted = probabilities.length / classes;
  for (let row = 0; row < predicted; row++) {
    for (let c = 0; c < classes; c++) sums[c] = (sums[c] ?? 0) + (probabilities[row * classes + c] ?? 0);
    const last = probabilities[row * classes + classes - 1] ?? 0;
    const decile = Math.min(9, Math.max(0, Math.floor(last * 10)));
    deciles[decile] = (deciles[decile] ?? 0) + 1;
  }
  return {
    rows,
    features: Object.fromEntries(features),
    predictions: { mean: sums.map((sum) => (predicted === 0 ? 0 : sum / predicted)), deciles },
  };
}

/** Share of rows whose most probable class is their label; 0 for no rows. Of two classes, the second wins from 0.5 on. */
export function accuracyOf(probabilities: Float64Array, labels: Float32Array, classes: number): number {
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) {
      const p = probabilities[row * classes + c] ?? 0;
      const q = probabilities[row * classes + best] ?? 0;
      if (p > q || (classes === 2 && p === q)) best = c;
    }
    if (best === labels[row]) correct++;
  }
  return labels.length === 0 ? 0 : correct / labels.length;
}
