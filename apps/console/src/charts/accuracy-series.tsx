import { Area, LinePath } from '@visx/shape';
import type { AccuracyBucket, AccuracySeries } from '../state/accuracy.js';

interface SeriesProps {
  series: AccuracySeries;
  live: boolean;
  x: (time: Date) => number;
  y: (accuracy: number) => number;
  /** Labels stay between these. */
  left: number;
  right: number;
  top: number;
}

/** One version: its line with its interval, its reference, and its name. */
export function Series({ series: { version, reference, segments }, live, x, y, left, right, top }: SeriesProps) {
  const longest = segments.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return (
    <g className={live ? 'chart-series-live' : 'chart-series'}>
      {segments.map((buckets) => (
        <Segment key={buckets[0]?.start.getTime()} buckets={buckets} reference={reference} x={x} y={y} />
      ))}
      <Label version={version} buckets={longest} x={x} y={y} left={left} right={right} top={top} />
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
      {buckets.length === 1 ? (
        <circle className="chart-point" cx={x(first.middle)} cy={y(first.accuracy)} r={2.5} />
      ) : (
        <LinePath
          className="chart-line"
          data={buckets}
          x={({ middle }) => x(middle)}
          y={({ accuracy }) => y(accuracy)}
        />
      )}
    </>
  );
}

const LABEL_WIDTH = 46;

/** A version's name above the middle of its longest line, if there is room for it. */
function Label({
  version,
  buckets,
  x,
  y,
  left,
  right,
  top,
}: { version: string; buckets: AccuracyBucket[] } & Omit<SeriesProps, 'series' | 'live'>) {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined || x(last.middle) - x(first.middle) < LABEL_WIDTH) return null;
  const middle = (Math.max(left, x(first.middle)) + x(last.middle)) / 2;
  const above = Math.min(...buckets.map(({ high }) => y(high)));
  return (
    <text
      className="chart-label"
      x={Math.min(middle, right - LABEL_WIDTH / 2)}
      y={Math.max(above - 6, top)}
      textAnchor="middle"
    >
      {version}
    </text>
  );
}
