/** What a metric of a comparison is called, how it is written, and which way is better; null where neither is. */
export interface ComparedMetric {
  readonly title: string;
  readonly form: 'share' | 'number' | 'count';
  readonly better: 'more' | 'less' | null;
}

/** By the names that `GET /v1/models/{m}/compare` gives them. */
export const COMPARED_METRICS: Readonly<Record<string, ComparedMetric>> = {
  accuracy: { title: 'Accuracy', form: 'share', better: 'more' },
  f1_macro: { title: 'Macro F1', form: 'share', better: 'more' },
  /** Each against what was live then: the one is no better for a larger one. */
  failure_rate_reduction: { title: 'Failure-rate reduction', form: 'share', better: null },
  log_loss: { title: 'Log loss', form: 'number', better: 'less' },
  brier: { title: 'Brier score', form: 'number', better: 'less' },
  roc_auc: { title: 'ROC AUC', form: 'number', better: 'more' },
  train_accuracy: { title: 'Training accuracy', form: 'share', better: 'more' },
  val_accuracy: { title: 'Validation accuracy', form: 'share', better: 'more' },
  n_features: { title: 'Features', form: 'count', better: null },
  n_train: { title: 'Training rows', form: 'count', better: null },
  dataset_size: { title: 'Rows of the dataset', form: 'count', better: null },
};

/** A metric of a newer registry is written as it is called. */
export const comparedMetric = (name: string): ComparedMetric =>
  COMPARED_METRICS[name] ?? { title: name.replaceAll('_', ' '), form: 'number', better: null };

/** Whether a difference is for the better; null where it is neither, or too small to be seen. */
export function isBetter(name: string, difference: number | null): boolean | null {
  const { better } = comparedMetric(name);
  if (better === null || difference === null || Math.abs(difference) < 5e-5) return null;
  return difference > 0 === (better === 'more');
}
