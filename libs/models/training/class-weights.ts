/**
 * Weights that give every class the same total: n / (k · n_class), as scikit-learn's "balanced"
 * (https://scikit-learn.org/stable/modules/generated/sklearn.utils.class_weight.compute_class_weight.html).
 */
export function balancedWeights(labels: Float32Array, classes: number): Float32Array {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const present = counts.filter((count) => count > 0).length;
  return labels.map((label) => labels.length / (present * (counts[label] ?? 1)));
}
