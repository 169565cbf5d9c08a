import { scaleLinear } from '@visx/scale';
import { LinePath } from '@visx/shape';
import type { RunningCanary } from '#contracts/http/rollout';
import { percent } from '../format/numbers.js';
import { useWidth } from './use-width.js';

type Curve = NonNullable<NonNullable<RunningCanary['trial']>['curve']>;

const HEIGHT = 96;
/** Room for the rates on the left, and for the names on the right. */
const LABELS = 48;
const NAMES = 56;

/** Failure rates of challenger and live version, by the tasks decided until then; the numbers stand beside it. */
export function TrialChart({ curve, version, live }: { curve: Curve; version: string; live: string }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const line = (rateOf: (point: Curve[number]) => number | null) =>
    curve.flatMap((point) => {
      const rate = rateOf(point);
      return rate === null ? [] : [{ tasks: point.tasks, rate }];
    });
  const lines = {
    live: line((point) => point.live_failure_rate),
    canary: line((point) => point.canary_failure_rate),
  };
  const rates = [...lines.live, ...lines.canary].map(({ rate }) => rate);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  const room = Math.max(0.01, (high - low) * 0.1);
  const x = scaleLinear<number>({ domain: [0, curve.at(-1)?.tasks ?? 1], range: [LABELS, width - NAMES] });
  const y = scaleLinear<number>({ domain: [low - room, high + room], range: [HEIGHT - 4, 4] });
  return (
    <div ref={frame} style={{ height: HEIGHT }}>
      {width > 0 && curve.length > 1 && rates.length > 1 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={`Failure rates of ${version} and ${live} in the trial`}
        >
          <g className="chart-tick">
            {[low, high].map((rate) => (
              <text key={rate} x={LABELS - 6} y={y(rate)} dy="0.32em" textAnchor="end">
                {percent(rate)}
              </text>
            ))}
            {(['live', 'canary'] as const).map((arm) => (
              <text key={arm} x={width - NAMES + 6} y={y(lines[arm].at(-1)?.rate ?? 0)} dy="0.32em">
                {arm === 'live' ? live : version}
              </text>
            ))}
          </g>
          {(['live', 'canary'] as const).map((arm) => (
            <LinePath
              key={arm}
              className={`chart-line chart-line-${arm}`}
              data={lines[arm]}
              x={({ tasks }) => x(tasks)}
              y={({ rate }) => y(rate)}
            />
          ))}
        </svg>
      )}
    </div>
  );
}
