import { AxisBottom, AxisLeft } from '@visx/axis';
import { scaleLinear } from '@visx/scale';
import type { ReactNode } from 'react';
import { percent } from '../format/numbers.js';
import { useWidth } from './use-width.js';

type Scale = (share: number) => number;

interface UnitSquareProps {
  /** What the picture is, for those who do not see it. */
  label: string;
  /** What the axes are. */
  across: string;
  up: string;
  legend: ReactNode;
  children: (x: Scale, y: Scale) => ReactNode;
}

const MARGIN = { top: 8, right: 12, bottom: 40, left: 58 };
const LARGEST = 340;

/** Shares against shares, with the diagonal. */
export function UnitSquare({ label, across, up, legend, children }: UnitSquareProps) {
  const [frame, width] = useWidth<HTMLElement>();
  const size = Math.min(width, LARGEST);
  const height = size - MARGIN.left - MARGIN.right + MARGIN.top + MARGIN.bottom;
  const x = scaleLinear<number>({ domain: [0, 1], range: [MARGIN.left, size - MARGIN.right] });
  const y = scaleLinear<number>({ domain: [0, 1], range: [height - MARGIN.bottom, MARGIN.top] });
  const share = (value: { valueOf(): number }): string => percent(Number(value), 0);
  return (
    <figure ref={frame} className="chart">
      {size > 0 && (
        <svg width={size} height={height} role="img" aria-label={label}>
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
            {across}
          </text>
          <text
            className="chart-axis-label"
            transform={`translate(10 ${(y(0) + y(1)) / 2}) rotate(-90)`}
            textAnchor="middle"
          >
            {up}
          </text>
          {children(x, y)}
        </svg>
      )}
      <figcaption className="chart-caption" aria-hidden="true">
        {legend}
      </figcaption>
    </figure>
  );
}
