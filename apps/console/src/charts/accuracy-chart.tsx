import { AxisBottom, AxisLeft } from '@visx/axis';
import { scaleLinear, scaleTime, scaleUtc } from '@visx/scale';
import { type PointerEvent, useId, useState } from 'react';
import { count, percent, percentRange } from '../format/numbers.js';
import { absolute, clock, seconds, shortDate } from '../format/time.js';
import { chosenZone } from '../format/zone.js';
import type { AccuracyBucket, AccuracySeries } from '../state/accuracy.js';
import { Series } from './accuracy-series.js';
import { type DeploymentMark, groupsOf } from './deployment-marks.js';
import { labelsOf } from './series-labels.js';
import { useWidth } from './use-width.js';

interface AccuracyChartProps {
  series: readonly AccuracySeries[];
  marks: readonly DeploymentMark[];
  /** The version that is drawn in the accent colour. */
  live: string | null;
  from: Date;
  to: Date;
  /** What is drawn: "accuracy" or "failure rate". */
  measure: string;
  height?: number;
}

const MARGIN = { top: 34, right: 12, bottom: 28, left: 44 };
/** A tick of the time axis needs about this much room. */
const TICK_WIDTH = 90;
const DAY = 86_400_000;
const QUARTER_HOUR = 900_000;

/** A share of the outcomes over time, one line per version with its 95 % interval, and when what went live. */
export function AccuracyChart({ series, marks, live, from, to, measure, height = 320 }: AccuracyChartProps) {
  const [frame, width] = useWidth<HTMLElement>();
  const clip = useId();
  const [hovered, setHovered] = useState<{ version: string; bucket: AccuracyBucket } | null>(null);

  const inner = Math.max(0, width - MARGIN.left - MARGIN.right);
  const scale = chosenZone() === 'utc' ? scaleUtc : scaleTime;
  const x = scale<number>({ domain: [from, to], range: [MARGIN.left, MARGIN.left + inner] });
  const y = scaleLinear<number>({ domain: range(series), range: [height - MARGIN.bottom, MARGIN.top], nice: true });
  const span = to.getTime() - from.getTime();
  const timeLabel = span > 2 * DAY ? shortDate : span > QUARTER_HOUR ? clock : seconds;

  const [left, right, top, bottom] = [MARGIN.left, width - MARGIN.right, MARGIN.top, height - MARGIN.bottom];

  const hover = (event: PointerEvent<SVGSVGElement>): void => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setHovered(nearest(series, (time) => Math.abs(x(time) - at)));
  };

  return (
    <figure ref={frame} className="chart">
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${series.length} versions over time by their ${measure}; the table below has the numbers.`}
          onPointerMove={hover}
          onPointerLeave={() => setHovered(null)}
        >
          {y.ticks(5).map((tick) => (
            <line
              key={tick}
              className="chart-grid"
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y(tick)}
              y2={y(tick)}
            />
          ))}
          <AxisLeft
            scale={y}
            left={MARGIN.left}
            numTicks={5}
            hideAxisLine
            hideTicks
            tickFormat={(value) => percent(Number(value), 0)}
            tickClassName="chart-tick"
          />
          <AxisBottom
            scale={x}
            top={height - MARGIN.bottom}
            tickValues={apart(ticksOf(x, inner), x)}
            axisLineClassName="chart-axis"
            hideTicks
            tickFormat={(value) => timeLabel(new Date(Number(value)))}
            tickClassName="chart-tick"
          />
          {marks.map(({ id, at, kind }) => (
            <line key={id} className={`chart-mark-${kind} chart-mark`} x1={x(at)} x2={x(at)} y1={top - 8} y2={bottom} />
          ))}
          {groupsOf(marks, x).map((group) => (
            <MarkHead key={group[0]?.id} group={group} x={x} y={top - 14} />
          ))}
          <clipPath id={clip}>
            <rect x={left} y={top} width={inner} height={bottom - top} />
          </clipPath>
          <g clipPath={`url(#${clip})`}>
            {series.map((one) => (
              <Series key={one.version} series={one} live={one.version === live} x={x} y={y} />
            ))}
          </g>
          {labelsOf(series, live, { x, y, left, right, top, bottom }).map((label) => (
            <text
              key={label.version}
              className={label.version === live ? 'chart-label chart-label-live' : 'chart-label'}
              x={label.x}
              y={label.y}
              textAnchor="middle"
            >
              {label.version}
            </text>
          ))}
          {hovered !== null && (
            <circle className="chart-hover" cx={x(hovered.bucket.middle)} cy={y(hovered.bucket.accuracy)} r={4} />
          )}
        </svg>
      )}
      <figcaption className="chart-caption" aria-hidden="true">
        {live !== null && <span className="legend legend-line">{live}, live now</span>}
        <span className="legend legend-other">other versions</span>
        <span className="legend legend-band">95&nbsp;% interval</span>
        {series.some(({ reference }) => reference !== null) && (
          <span className="legend legend-reference">reference</span>
        )}
        {marks.length > 0 && <span className="legend legend-deploy">promoted</span>}
        {marks.some(({ kind }) => kind === 'rollback') && <span className="legend legend-rollback">rolled back</span>}
        {/* A line of its own, always there, so that nothing below moves. */}
        <span className="chart-hovered">
          {hovered !== null && (
            <>
              <strong>{hovered.version}</strong> {measure} {percent(hovered.bucket.accuracy)} of{' '}
              {count(hovered.bucket.outcomes)} outcomes ({percentRange(hovered.bucket.low, hovered.bucket.high)}) from{' '}
              {absolute(hovered.bucket.start)}
            </>
          )}
        </span>
      </figcaption>
    </figure>
  );
}

interface MarkHeadProps {
  group: readonly DeploymentMark[];
  x: (at: Date) => number;
  y: number;
}

/** One triangle for all that went live at about this time: what was rolled back there shows. */
function MarkHead({ group, x, y }: MarkHeadProps) {
  const [first] = group;
  if (first === undefined) return null;
  const kind = group.some((mark) => mark.kind === 'rollback') ? 'rollback' : 'deploy';
  return (
    <g className={`chart-mark-head chart-mark-${kind}`} transform={`translate(${x(first.at)} ${y})`}>
      <title>
        {group
          .map(
            ({ at, kind: what, to }) => `${what === 'rollback' ? 'Rolled back to' : 'Promoted'} ${to}, ${absolute(at)}`,
          )
          .join('\n')}
      </title>
      <path d={kind === 'rollback' ? 'M-4.5-4h9L0 4z' : 'M-4.5 4h9L0-4z'} />
      {group.length > 1 && (
        <text className="chart-mark-count" y={-7} textAnchor="middle">
          {group.length}
        </text>
      )}
    </g>
  );
}

/** As many as there is room for; where that is so little that only a month's beginning is left, more. */
function ticksOf(x: { ticks: (count: number) => Date[] }, width: number): Date[] {
  const wanted = Math.max(2, Math.floor(width / TICK_WIDTH));
  const counts = Array.from({ length: wanted + 3 }, (_, more) => wanted + more);
  return counts.map((n) => x.ticks(n)).find((ticks) => ticks.length > 1) ?? x.ticks(wanted);
}

const TICK_LABEL_WIDTH = 48;

/** Where months begin, ticks crowd; one that would touch the one before is left out. */
function apart(ticks: readonly Date[], x: (time: Date) => number): Date[] {
  const kept: Date[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || x(tick) - x(last) >= TICK_LABEL_WIDTH) kept.push(tick);
  }
  return kept;
}

function range(series: readonly AccuracySeries[]): [number, number] {
  const values = series.flatMap(({ segments, reference }) => [
    ...segments.flat().flatMap(({ accuracy }) => [accuracy - 0.03, accuracy + 0.03]),
    ...(reference === null ? [] : [reference - 0.03, reference + 0.03]),
  ]);
  return [Math.max(0, Math.min(...values)), Math.min(1, Math.max(...values))];
}

function nearest(
  series: readonly AccuracySeries[],
  distance: (time: Date) => number,
): { version: string; bucket: AccuracyBucket } | null {
  let best: { version: string; bucket: AccuracyBucket } | null = null;
  let least = 40;
  for (const { version, segments } of series)
    for (const bucket of segments.flat()) {
      const away = distance(bucket.middle);
      if (away < least) {
        least = away;
        best = { version, bucket };
      }
    }
  return best;
}
