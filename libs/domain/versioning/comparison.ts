import type { VersionComparison, VersionDetail } from '#contracts/http/registry';

type Numbers = Record<string, number | null>;

function numbersOf({ evaluation_metrics, evaluation, training_stats, dataset_size }: VersionDetail): Numbers {
  const holdout = evaluation?.challenger_metrics ?? null;
  return {
    accuracy: evaluation_metrics.accuracy,
    f1_macro: evaluation_metrics.f1_macro,
    failure_rate_reduction: evaluation_metrics.failure_rate_reduction,
    log_loss: holdout?.log_loss ?? null,
    brier: holdout?.brier ?? null,
    roc_auc: holdout?.roc_auc ?? null,
    train_accuracy: training_stats.train_accuracy,
    val_accuracy: training_stats.val_accuracy,
    n_features: training_stats.n_features,
    n_train: training_stats.n_train,
    dataset_size,
  };
}

/** Two versions metric by metric; a difference needs both numbers. */
export function compareDetails(from: VersionDetail, to: VersionDetail): VersionComparison {
  const left = numbersOf(from);
  const right = numbersOf(to);
  const holdouts = [from, to].map(({ evaluation }) => evaluation?.holdout ?? null);
  return {
    model: from.model,
    from,
    to,
    metrics: Object.keys(left).map((metric) => {
      const a = left[metric] ?? null;
      const b = right[metric] ?? null;
      return { metric, from: a, to: b, difference: a === null || b === null ? null : b - a };
    }),
    same_holdout:
      holdouts[0] != null &&
      holdouts[0].snapshot_hash === holdouts[1]?.snapshot_hash &&
      holdouts[0].rows === holdouts[1].rows,
  };
}
