import type { ModelDefinition } from '#contracts/model-definition';

const DEFAULT = '6h';
/** Longer than any timer should run, and than anybody would wait. */
const LONGEST_MS = 7 * 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How long a run may take, in milliseconds, at most a week; without a definition, or one that does not say, six hours. */
export function trainingDeadlineMs(definition: Pick<ModelDefinition, 'training'> | null): number {
  const text = definition?.training?.deadline ?? DEFAULT;
  const unit = UNITS[text.slice(-1)];
  if (unit === undefined) throw new RangeError(`"${text}" is no time like 90m, 6h or 2d`);
  return Math.min(LONGEST_MS, Number(text.slice(0, -1)) * unit);
}
