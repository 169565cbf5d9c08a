import type { Arm, Arms } from './difference.js';
import { estimateTrial, type TrialEstimate, type TrialObservation } from './trial.js';

/** Outcomes of the tasks that one of the two decided within a minute, under one generation. */
export interface TrialMinute extends Arm {
  /** RFC 3339. */
  readonly at: string;
  readonly generation: number;
  readonly role: 'canary' | 'live';
}

/** How the two stood when this many tasks had been decided. */
export interface TrialPoint {
  readonly at: string;
  readonly tasks: number;
  readonly canary: Arm;
  readonly live: Arm;
  readonly estimate: TrialEstimate | null;
}

/** Enough to see a shape. */
const MOST_POINTS = 24;
const NOTHING: Arm = { outcomes: 0, failures: 0 };

/**
 * Outcomes in each step, by the generation that the tasks were decided under. What was decided before the trial belongs to neither arm:
 * what takes long fails more often, and only the live version would have such tasks at first.
 *
 * @param generations of the steps, ascending
 */
export function armsByStep(minutes: readonly TrialMinute[], generations: readonly number[]): Arms[] {
  const steps = generations.map(() => ({ canary: NOTHING, live: NOTHING }));
  for (const minute of minutes) {
    const step = steps[generations.findLastIndex((generation) => generation <= minute.generation)];
    if (step) step[minute.role] = plus(step[minute.role], minute);
  }
  return steps;
}

/** The same as it came about, at most so many points; each by all outcomes of the tasks that were decided until then. */
export function trialCurve(
  minutes: readonly TrialMinute[],
  generations: readonly number[],
  observation: Omit<TrialObservation, 'changed' | 'all'>,
): TrialPoint[] {
  const total = minutes.reduce((sum, { outcomes }) => sum + outcomes, 0);
  const points: TrialPoint[] = [];
  let tasks = 0;
  for (let i = 0; i < minutes.length; i++) {
    const minute = minutes[i];
    if (minute === undefined) break;
    tasks += minute.outcomes;
    const isLast = i === minutes.length - 1;
    // A minute has up to a row for each arm and generation.
    if (!isLast && (minutes[i + 1]?.at === minute.at || tasks < ((points.length + 1) * total) / MOST_POINTS)) continue;
    const changed = armsByStep(minutes.slice(0, i + 1), generations);
    const all = sumOfArms(changed);
    points.push({ at: minute.at, tasks, ...all, estimate: estimateTrial({ ...observation, changed, all }) });
  }
  return points;
}

export const sumOfArms = (steps: readonly Arms[]): Arms => ({
  canary: steps.reduce((sum, { canary }) => plus(sum, canary), NOTHING),
  live: steps.reduce((sum, { live }) => plus(sum, live), NOTHING),
});

const plus = (a: Arm, b: Arm): Arm => ({ outcomes: a.outcomes + b.outcomes, failures: a.failures + b.failures });
