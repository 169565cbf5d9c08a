import type { Interval } from '#contracts/events/evaluation';

interface IntervalBarProps {
  interval: Interval;
  /** Where it has to lie above. */
  threshold: number;
}

/** An interval on a line with zero and the threshold on it; the numbers stand beside it. */
export function IntervalBar({ interval: { low, high }, threshold }: IntervalBarProps) {
  const least = Math.min(low, 0, threshold);
  const most = Math.max(high, 0, threshold);
  const room = Math.max(0.005, (most - least) * 0.1);
  const at = (value: number): string => `${(100 * (value - least + room)) / (most - least + 2 * room)}%`;
  return (
    <span className="interval" aria-hidden="true">
      <span className="interval-line" />
      <span className="interval-zero" style={{ left: at(0) }} />
      <span className="interval-threshold" style={{ left: at(threshold) }} />
      <span
        className={`interval-bar ${low > 0 ? 'interval-above' : high < 0 ? 'interval-below' : ''}`}
        style={{ left: at(low), right: `calc(100% - ${at(high)})` }}
      />
    </span>
  );
}
