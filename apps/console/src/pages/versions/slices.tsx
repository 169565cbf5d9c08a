import type { HoldoutSlice } from '#contracts/events/evaluation';
import { Card } from '../../components/card.js';
import { type Column, DataTable } from '../../components/data-table.js';
import { count, percent } from '../../format/numbers.js';

const SHOWN = 8;

const COLUMNS: readonly Column<HoldoutSlice>[] = [
  {
    key: 'slice',
    head: 'Where',
    wide: true,
    cell: ({ feature, value }) => (
      <>
        <span className="muted">{feature}</span> {value}
      </>
    ),
  },
  { key: 'rows', head: 'Rows', number: true, from: 2, cell: ({ rows }) => count(rows) },
  { key: 'accuracy', head: 'Accuracy', number: true, cell: ({ accuracy }) => percent(accuracy) },
  { key: 'champion', head: 'Champion', number: true, cell: ({ champion_accuracy: value }) => percent(value) },
];

/** Where the challenger is weakest. */
export function Slices({ slices, model }: { slices: readonly HoldoutSlice[]; model: string }) {
  return (
    <Card title="Weakest slices" flush>
      <DataTable
        caption={`Parts of the holdout on which ${model} is weakest`}
        columns={COLUMNS}
        rows={slices.slice(0, SHOWN)}
        keyOf={({ feature, value }) => `${feature}=${value}`}
      />
    </Card>
  );
}
