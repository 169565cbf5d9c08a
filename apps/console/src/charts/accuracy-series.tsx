import { Area, LinePath } from '@visx/shape';
import type { AccuracyBucket, AccuracySeries } from '../state/accuracy.js';

interface SeriesProps {
  series: AccuracySeries;
  live: boolean;
  x: (time: Date) => number;
  y: (accuracy: number) => number;
}

/** One version: its line with its interval, and its reference. */
export function Series({ series: { reference, segments }, live, x, y }: SeriesProps) {
  return (
    <g className={live ? 'chart-series-live' : 'chart-series'}>
      {segments.map((buckets) => (
        <Segment key={buckets[0]?.start.getTime()} buckets={buckets} reference={reference} x={x} y={y} />
      ))}
    </g>
  );
}

interface SegmentProps extends Pick<SeriesProps, 'x' | 'y'> {
  buckets: AccuracyBucket[];
  reference: number | null;
}

function Segment({ buckets, reference, x, y }: SegmentProps) {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return null;
  if (buckets.length === 1)
    return (
      <>
        <line
          className="chart-whisker"
          x1={x(first.middle)}
          x2={x(first.middle)}
          y1={y(first.low)}
          y2={y(first.high)}
        />
        <circle className="chart-point" cx={x(first.middle)} cy={y(first.accuracy)} r={2.5} />
      </>
    );
  return (
    <>
      <Area
        className="chart-band"
        data={buckets}
        x={({ middle }) => x(middle)}
        y0={({ low }) => y(low)}
        y1={({ high }) => y(high)}
      />
      {reference !== null && (
        <line
          className="chart-reference"
          x1={x(first.middle)}
          x2={x(last.middle)}
          y1={y(reference)}
          y2={y(reference)}
        />
      )}
      <LinePath className="chart-line" data={buckets} x={({ middle }) => x(middle)} y={({ accuracy }) => y(accuracy)} />
    </>
  );
}
