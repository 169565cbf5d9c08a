import type { VersionComparison, VersionDetail } from '#contracts/http/versions';

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

const ON_SAME_ROWS = ['accuracy', 'f1_macro', 'log_loss', 'brier', 'roc_auc'] as const;

const differences = (left: Numbers, right: Numbers): VersionComparison['metrics'] =>
  Object.keys(left).map((metric) => {
    const a = left[metric] ?? null;
    const b = right[metric] ?? null;
    return { metric, from: a, to: b, difference: a === null || b === null ? null : b - a };
  });

/** The gate scores a challenger and its champion on the same rows, whatever each was judged on before. */
function onSameRows(from: VersionDetail, to: VersionDetail): VersionComparison['same_rows'] {
  for (const [judged, other] of [
    [to, from],
    [from, to],
  ] as const) {
    const { evaluation } = judged;
    if (!evaluation?.challenger_metrics || !evaluation.champion_metrics) continue;
    if (evaluation.champion?.version !== other.version) continue;
    const [challenger, champion] = [evaluation.challenger_metrics, evaluation.champion_metrics].map(
      (metrics): Numbers => Object.fromEntries(ON_SAME_ROWS.map((name) => [name, metrics[name]])),
    );
    const [left = {}, right = {}] = judged === to ? [champion, challenger] : [challenger, champion];
    return { rows: evaluation.holdout.rows, metrics: differences(left, right) };
  }
  return null;
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
    metrics: differences(left, right),
    same_rows: onSameRows(from, to),
    same_holdout:
      holdouts[0] != null &&
      holdouts[0].snapshot_hash === holdouts[1]?.snapshot_hash &&
      holdouts[0].rows === holdouts[1].rows,
  };
}
