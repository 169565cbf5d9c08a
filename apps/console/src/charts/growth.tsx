import type { DatasetGrowth } from '#contracts/http/metrics';
import { count } from '../format/numbers.js';
import { weekOf } from '../format/time.js';

interface GrowthProps {
  weeks: readonly DatasetGrowth[];
  height: number;
  /** With the first and last week named below. */
  labelled?: boolean;
}

const WIDEST_COLUMN = 56;

/** New rows week by week, as columns; the running week is the last. */
export function Growth({ weeks, height, labelled = false }: GrowthProps) {
  // One week is a number, not a growth.
  if (weeks.length < 2) return null;
  const most = Math.max(1, ...weeks.map(({ new_rows }) => new_rows));
  const first = weeks[0];
  const last = weeks.at(-1);
  return (
    <div className="growth" aria-hidden="true" style={{ maxWidth: weeks.length * WIDEST_COLUMN }}>
      <div className="growth-columns" style={{ height }}>
        {weeks.map(({ week, new_rows, rows }) => (
          <span
            key={week}
            className="growth-column"
            style={{ height: `${Math.max(2, (100 * new_rows) / most)}%` }}
            title={`Week of ${weekOf(week)}: ${count(new_rows)} new rows, ${count(rows)} in all`}
          />
        ))}
      </div>
      {labelled && first !== undefined && last !== undefined && (
        <div className="growth-labels">
          <span>{weekOf(first.week)}</span>
          <span>{weekOf(last.week)}</span>
        </div>
      )}
    </div>
  );
}
