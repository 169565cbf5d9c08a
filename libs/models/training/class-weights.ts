/**
 * Weights that give every class the same total: n / (k · n_class), as scikit-learn's "balanced"
 * (https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html).
 */
export function balancedWeights(labels: Float32Array, classes: number): Float32Array {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const weights = weightsOfClasses(counts);
  return labels.map((label) => weights[label] ?? 1);
}

/** What a row of each class weighs, by the rows that each has: all rows / (classes that occur · rows of the class). */
export function weightsOfClasses(counts: readonly number[]): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => rows / (present * (count || 1)));
}
