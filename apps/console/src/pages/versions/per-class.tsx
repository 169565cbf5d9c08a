import type { HoldoutMetrics } from '#contracts/events/evaluation';
import { type Column, DataTable } from '../../components/data-table.js';
import { count, percent } from '../../format/numbers.js';

type ClassMetrics = HoldoutMetrics['per_class'][number];

const COLUMNS: readonly Column<ClassMetrics>[] = [
  { key: 'class', head: 'Class', wide: true, cell: (line) => line.class },
  { key: 'precision', head: 'Precision', number: true, cell: ({ precision }) => percent(precision) },
  { key: 'recall', head: 'Recall', number: true, cell: ({ recall }) => percent(recall) },
  { key: 'f1', head: 'F1', number: true, cell: ({ f1 }) => percent(f1) },
  { key: 'support', head: 'Rows', number: true, cell: ({ support }) => count(support) },
];

export function PerClass({ classes }: { classes: readonly ClassMetrics[] }) {
  return <DataTable caption="Metrics per class" columns={COLUMNS} rows={classes} keyOf={(line) => line.class} />;
}
