import type { TrialPlan } from '#contracts/model-definition';
import { share, signed } from '../evaluation/wording.js';
import { wilsonInterval } from '../statistics/normal.js';
import { type Arm, type Arms, stratifiedDifference } from './difference.js';

/** Chance that the sequence ever leaves the truth outside, and so of winning without being better at most half of it. */
const ALPHA = 0.05;
/** A trial that would take more tasks than this is not said to end. */
const MOST_TASKS = 100_000_000;
const DAY_MS = 86_400_000;

export interface TrialObservation {
  readonly plan: TrialPlan;
  /** Share of the traffic the challenger has now, one of the plan's steps. */
  readonly percent: number;
  readonly startedAt: Date;
  readonly now: Date;
  /** Outcomes of the tasks on which the two choose differently, step by step: the others say nothing about which is better. */
  readonly changed: readonly Arms[];
  /** Outcomes of all tasks since the trial began. */
  readonly all: Arms;
  /** Outcomes of the challenger in this step. */
  readonly outcomesInStep: number;
  /** What the gate asks for, as a relative drop in failures or gain in successes. */
  readonly wanted: number;
  readonly measure: 'failures' | 'successes';
  /** How much worse it may be, in points of all tasks, to get a larger share. */
  readonly tolerated: number;
  readonly troubles: readonly string[];
}

/** The relative improvement so far, with bounds that hold at every look. */
export interface TrialEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How many more tasks it takes at this rate until the bound says so; null where that cannot be told. */
  readonly tasksNeeded: number | null;
}

export interface TrialDecision {
  readonly action: 'won' | 'lost' | 'ended' | 'advance' | 'hold';
  /** For `advance`. */
  readonly percent?: number;
  readonly estimate: TrialEstimate | null;
  readonly reasons: readonly string[];
}

/**
 * What becomes of a challenger that the holdout could not tell from the champion. Tasks are assigned to the two by chance, so on
 * those on which they choose differently, their failure rates compare like with like. It has *won* when the improvement reaches
 * what the gate asks for and is there for sure; it has *lost* when it fails more often for sure, or can no longer reach what is
 * asked for. Sure means by a confidence sequence, so one may look after every outcome. When the plan's tasks or days are used up it has *ended*.
 */
export function decideTrial(observation: TrialObservation): TrialDecision {
  const { plan, troubles, wanted, measure } = observation;
  if (troubles.length > 0) return { action: 'lost', estimate: null, reasons: troubles };
  const estimate = estimateTrial(observation);
  const tasks = observation.all.canary.outcomes + observation.all.live.outcomes;
  if (estimate === null)
    return (
      ended(observation, tasks, null) ?? { action: 'hold', estimate, reasons: ['No outcome of both versions yet.'] }
    );
  const what = measure === 'failures' ? 'fewer failures' : 'more successes';
  const numbers = `${share(estimate.value)} ${what}, for sure between ${signed(estimate.low)} and ${signed(estimate.high)}`;
  const as = (action: TrialDecision['action'], reason: string): TrialDecision => ({
    action,
    estimate,
    reasons: [reason],
  });
  if (estimate.high < 0) return as('lost', `It is worse than the live version: ${numbers}.`);
  if (estimate.low > 0 && estimate.value >= wanted)
    return as('won', `It is better than the live version: ${numbers}; needed ${signed(wanted)}.`);
  if (estimate.high < wanted)
    return as('lost', `It cannot reach what is needed any more: ${numbers}; needed ${signed(wanted)}.`);
  const over = ended(observation, tasks, estimate);
  if (over) return over;
  const next = plan.steps.find((step) => step > observation.percent);
  if (next !== undefined && mayGrow(observation))
    return {
      action: 'advance',
      percent: next,
      estimate,
      reasons: [`It is not worse by more than ${share(observation.tolerated)} of all tasks: ${numbers}.`],
    };
  const needed = estimate.tasksNeeded === null ? '' : ` About ${estimate.tasksNeeded} more tasks are needed.`;
  return as('hold', `Not decided yet: ${numbers}; needed ${signed(wanted)}.${needed}`);
}

function ended(
  { plan, startedAt, now }: TrialObservation,
  tasks: number,
  estimate: TrialEstimate | null,
): TrialDecision | null {
  const days = (now.getTime() - startedAt.getTime()) / DAY_MS;
  if (tasks < plan.tasks && days < plan.days) return null;
  const spent = tasks >= plan.tasks ? `${tasks} of ${plan.tasks} tasks` : `${days.toFixed(1)} of ${plan.days} days`;
  return { action: 'ended', estimate, reasons: [`The trial is over without a decision: ${spent}.`] };
}

function mayGrow({ changed, all, outcomesInStep, plan, tolerated }: TrialObservation): boolean {
  const { high } = stratifiedDifference(changed, ALPHA);
  return outcomesInStep >= plan.minimum_outcomes && high * changedShare(changed, all) < tolerated;
}

/** Null while an arm has seen nothing. */
export function estimateTrial({ changed, all, measure, wanted, percent }: TrialObservation): TrialEstimate | null {
  if (all.live.outcomes === 0 || all.canary.outcomes === 0) return null;
  // With one imagined failure and success more, as nothing can be compared with a rate of nothing.
  const failing = (all.live.failures + 1) / (all.live.outcomes + 2);
  const differing = changedShare(changed, all);
  const base = measure === 'failures' ? failing : 1 - failing;
  const scale = differing / base;
  const { low, high, difference } = stratifiedDifference(changed, ALPHA);
  const value = -difference * scale;
  const aim = scale > 0 ? Math.max(value, wanted) / scale : 0;
  const bounds = rateBounds(base, all.live.outcomes);
  // The rate that it is relative to is known no better than this.
  const relative = (points: number, outward: 'low' | 'high') =>
    (points * differing) / (points > 0 === (outward === 'high') ? bounds.low : bounds.high);
  return {
    value,
    low: relative(-high, 'low'),
    high: relative(-low, 'high'),
    tasksNeeded: tasksNeeded(changed, aim, percent, differing),
  };
}

/** Wilson's interval at 99.9 %, wide enough for some hundred looks. */
function rateBounds(rate: number, outcomes: number) {
  return wilsonInterval(rate * outcomes, outcomes, 0.999);
}

/**
 * Tasks until the sequence is narrower than the difference aimed at, if the coming ones fail as often as those before.
 *
 * @param differing share of the tasks on which the two choose differently
 */
function tasksNeeded(changed: readonly Arms[], aim: number, percent: number, differing: number): number | null {
  if (!(aim > 0) || !(differing > 0)) return null;
  const live = pooledRate(changed.map((step) => step.live));
  const canary = Math.max(0, live - aim);
  const arm = (outcomes: number, rate: number): Arm => ({ outcomes, failures: outcomes * rate });
  const isEnough = (tasks: number): boolean => {
    const [few, many] = [(tasks * differing * percent) / 100, (tasks * differing * (100 - percent)) / 100];
    const { low, high } = stratifiedDifference(
      [...changed, { canary: arm(few, canary), live: arm(many, live) }],
      ALPHA,
    );
    return (high - low) / 2 < aim;
  };
  let enough = 100;
  while (!isEnough(enough)) {
    enough *= 2;
    if (enough > MOST_TASKS) return null;
  }
  let tooFew = enough === 100 ? 0 : enough / 2;
  while (enough - tooFew > Math.max(50, enough / 50)) {
    const middle = Math.round((tooFew + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

function pooledRate(arms: readonly Arm[]): number {
  const outcomes = arms.reduce((sum, arm) => sum + arm.outcomes, 0);
  return (arms.reduce((sum, arm) => sum + arm.failures, 0) + 1) / (outcomes + 2);
}

function changedShare(changed: readonly Arms[], { canary, live }: Arms): number {
  const tasks = canary.outcomes + live.outcomes;
  const differing = changed.reduce((sum, step) => sum + step.canary.outcomes + step.live.outcomes, 0);
  return tasks === 0 ? 0 : differing / tasks;
}
