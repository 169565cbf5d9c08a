import { Progress } from '@base-ui/react/progress';

interface ProgressBarProps {
  label: string;
  /** 0 to 1. */
  value: number;
}

export function ProgressBar({ label, value }: ProgressBarProps) {
  return (
    <Progress.Root className="progress" value={Math.round(value * 100)} aria-label={label}>
      <Progress.Track className="progress-track">
        <Progress.Indicator className="progress-fill" />
      </Progress.Track>
    </Progress.Root>
  );
}
