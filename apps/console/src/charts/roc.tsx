import { LinePath } from '@visx/shape';
import type { HoldoutMetrics } from '#contracts/events/evaluation';
import { decimal } from '../format/numbers.js';
import { UnitSquare } from './unit-square.js';

interface RocProps {
  challenger: HoldoutMetrics;
  champion: HoldoutMetrics | null;
}

/** Hits against false alarms at every threshold: the farther from the diagonal, the better it ranks. */
export function Roc({ challenger, champion }: RocProps) {
  const area = (of: HoldoutMetrics): string => decimal(of.roc_auc);
  const other = champion?.roc === undefined ? null : champion;
  const against = other === null ? '' : `, of the champion ${area(other)}`;
  return (
    <UnitSquare
      label={`ROC curve of the challenger, area ${area(challenger)}${against}`}
      across="false alarms"
      up="hits"
      legend={
        <>
          <span className="legend legend-line">challenger, area {area(challenger)}</span>
          {other !== null && <span className="legend legend-other">champion, area {area(other)}</span>}
        </>
      }
    >
      {(x, y) => {
        const line = ({ roc = [] }: HoldoutMetrics) => (
          <LinePath className="chart-line" data={roc} x={(at) => x(at.false_alarms)} y={(at) => y(at.hits)} />
        );
        return (
          <>
            {other !== null && <g className="chart-series">{line(other)}</g>}
            <g className="chart-series-live">{line(challenger)}</g>
          </>
        );
      }}
    </UnitSquare>
  );
}
