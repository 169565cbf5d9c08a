import type { HoldoutMetrics, ModelEvaluated } from '#contracts/events/evaluation';
import { type Column, DataTable } from '../../components/data-table.js';
import { decimal, percent, points, signed } from '../../format/numbers.js';

interface Line {
  name: string;
  challenger: number | null;
  champion: number | null;
  /** Whether more is better. */
  up: boolean;
  share: boolean;
}

const METRICS: readonly {
  name: string;
  of: (metrics: HoldoutMetrics) => number | null;
  up: boolean;
  share: boolean;
}[] = [
  { name: 'Accuracy', of: ({ accuracy }) => accuracy, up: true, share: true },
  { name: 'Macro F1', of: ({ f1_macro }) => f1_macro, up: true, share: true },
  { name: 'ROC AUC', of: ({ roc_auc }) => roc_auc, up: true, share: false },
  { name: 'Log loss', of: ({ log_loss }) => log_loss, up: false, share: false },
  { name: 'Brier score', of: ({ brier }) => brier, up: false, share: false },
];

/** Challenger and champion on the same rows, metric by metric. */
export function MetricsTable({ evaluation }: { evaluation: ModelEvaluated }) {
  const { challenger_metrics: challenger, champion_metrics: champion } = evaluation;
  const lines: Line[] = METRICS.map(({ name, of, up, share }) => ({
    name,
    up,
    share,
    challenger: challenger === null ? null : of(challenger),
    champion: champion === null ? null : of(champion),
  }));
  const columns: Column<Line>[] = [
    {
      key: 'name',
      head: 'Metric',
      wide: true,
      cell: ({ name, up }) => (
        <>
          {name} {!up && <span className="muted small">less is better</span>}
        </>
      ),
    },
    {
      key: 'challenger',
      head: evaluation.champion === null ? 'Holdout' : 'Challenger',
      number: true,
      cell: ({ challenger: value, share }) => show(value, share),
    },
    ...(evaluation.champion === null
      ? []
      : ([
          { key: 'champion', head: 'Champion', number: true, cell: ({ champion: value, share }) => show(value, share) },
          { key: 'difference', head: 'Difference', number: true, cell: difference },
        ] satisfies Column<Line>[])),
  ];
  return <DataTable caption="Metrics on the holdout rows" columns={columns} rows={lines} keyOf={({ name }) => name} />;
}

const show = (value: number | null, share: boolean): string => (share ? percent(value) : decimal(value));

function difference({ challenger, champion, up, share }: Line) {
  if (challenger === null || champion === null) return '–';
  const value = challenger - champion;
  const better = up ? value > 0 : value < 0;
  return (
    <span className={Math.abs(value) < 5e-5 ? 'muted' : better ? 'tone-good' : 'tone-bad'}>
      {share ? points(value) : signed(value)}
    </span>
  );
}
