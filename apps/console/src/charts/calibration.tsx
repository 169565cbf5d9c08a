import { scaleSqrt } from '@visx/scale';
import { LinePath } from '@visx/shape';
import type { HoldoutMetrics } from '#contracts/events/evaluation';
import { count, percent } from '../format/numbers.js';
import { UnitSquare } from './unit-square.js';

type Bins = HoldoutMetrics['calibration'];

interface CalibrationProps {
  challenger: Bins;
  champion: Bins | null;
}

/** What was promised against what came true: a calibrated model stays on the diagonal. */
export function Calibration({ challenger, champion }: CalibrationProps) {
  const most = Math.max(1, ...challenger.map(({ rows }) => rows));
  const radius = scaleSqrt<number>({ domain: [0, most], range: [1.5, 6] });
  return (
    <UnitSquare
      label="Calibration: predicted against observed share of success"
      across="predicted"
      up="observed"
      legend={
        <>
          <span className="legend legend-line">challenger, larger where more rows</span>
          {champion !== null && <span className="legend legend-other">champion</span>}
        </>
      }
    >
      {(x, y) => (
        <>
          {champion !== null && (
            <g className="chart-series">
              <LinePath
                className="chart-line"
                data={champion}
                x={(bin) => x(bin.predicted)}
                y={(bin) => y(bin.observed)}
              />
            </g>
          )}
          <g className="chart-series-live">
            <LinePath
              className="chart-line"
              data={challenger}
              x={(bin) => x(bin.predicted)}
              y={(bin) => y(bin.observed)}
            />
            {challenger.map(({ predicted, observed, rows }) => (
              <circle key={predicted} className="chart-point-live" cx={x(predicted)} cy={y(observed)} r={radius(rows)}>
                <title>{`predicted ${percent(predicted)}, observed ${percent(observed)}, ${count(rows)} rows`}</title>
              </circle>
            ))}
          </g>
        </>
      )}
    </UnitSquare>
  );
}
