import { AxisBottom, AxisLeft } from '@visx/axis';
import { scaleLinear, scaleSqrt } from '@visx/scale';
import { LinePath } from '@visx/shape';
import type { HoldoutMetrics } from '#contracts/events/evaluation';
import { count, percent } from '../format/numbers.js';
import { useWidth } from './use-width.js';

type Bins = HoldoutMetrics['calibration'];

interface CalibrationProps {
  challenger: Bins;
  champion: Bins | null;
}

const MARGIN = { top: 8, right: 12, bottom: 40, left: 58 };
const LARGEST = 340;

/** What was promised against what came true: a calibrated model stays on the diagonal. */
export function Calibration({ challenger, champion }: CalibrationProps) {
  const [frame, width] = useWidth<HTMLElement>();
  const size = Math.min(width, LARGEST);
  const height = size - MARGIN.left - MARGIN.right + MARGIN.top + MARGIN.bottom;
  const x = scaleLinear<number>({ domain: [0, 1], range: [MARGIN.left, size - MARGIN.right] });
  const y = scaleLinear<number>({ domain: [0, 1], range: [height - MARGIN.bottom, MARGIN.top] });
  const most = Math.max(1, ...challenger.map(({ rows }) => rows));
  const radius = scaleSqrt<number>({ domain: [0, most], range: [1.5, 6] });
  const share = (value: { valueOf(): number }): string => percent(Number(value), 0);
  return (
    <figure ref={frame} className="chart">
      {size > 0 && (
        <svg
          width={size}
          height={height}
          role="img"
          aria-label="Calibration: predicted against observed share of success"
        >
          <line className="chart-diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
          <AxisLeft
            scale={y}
            left={MARGIN.left}
            numTicks={5}
            axisLineClassName="chart-axis"
            hideTicks
            tickFormat={share}
            tickClassName="chart-tick"
          />
          <AxisBottom
            scale={x}
            top={height - MARGIN.bottom}
            numTicks={5}
            axisLineClassName="chart-axis"
            hideTicks
            tickFormat={share}
            tickClassName="chart-tick"
          />
          <text className="chart-axis-label" x={(x(0) + x(1)) / 2} y={height - 4} textAnchor="middle">
            predicted
          </text>
          <text
            className="chart-axis-label"
            transform={`translate(10 ${(y(0) + y(1)) / 2}) rotate(-90)`}
            textAnchor="middle"
          >
            observed
          </text>
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
        </svg>
      )}
      <figcaption className="chart-caption" aria-hidden="true">
        <span className="legend legend-line">challenger, larger where more rows</span>
        {champion !== null && <span className="legend legend-other">champion</span>}
      </figcaption>
    </figure>
  );
}
