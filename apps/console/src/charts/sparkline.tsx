import { scaleLinear } from '@visx/scale';
import { LinePath } from '@visx/shape';
import { useWidth } from './use-width.js';

interface SparklineProps {
  values: readonly number[];
  /** A level to hold the values against. */
  reference: number | null;
  height?: number;
}

/** The shape of a series beside its number; says nothing that the number and its words do not. */
export function Sparkline({ values, reference, height = 44 }: SparklineProps) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const all = reference === null ? values : [...values, reference];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const room = Math.max(0.02, (high - low) * 0.15);
  const x = scaleLinear<number>({ domain: [0, Math.max(1, values.length - 1)], range: [2, width - 4] });
  const y = scaleLinear<number>({ domain: [low - room, high + room], range: [height - 2, 2] });
  const last = values.at(-1);
  return (
    <div ref={frame} className="sparkline" style={{ height }}>
      {width > 0 && values.length > 1 && last !== undefined && (
        <svg width={width} height={height} aria-hidden="true">
          {reference !== null && (
            <line className="chart-reference" x1={0} x2={width} y1={y(reference)} y2={y(reference)} />
          )}
          <LinePath
            className="chart-line chart-line-live"
            data={[...values]}
            x={(_, index) => x(index)}
            y={(value) => y(value)}
          />
          <circle className="chart-point-live" cx={x(values.length - 1)} cy={y(last)} r={2.5} />
        </svg>
      )}
    </div>
  );
}
