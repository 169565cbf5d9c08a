import type { CanaryPlan } from '#contracts/model-definition';
import { type Arm, sequentialDifference } from './difference.js';

/** Chance of ever aborting a canary that is as good as the live version, however long it is watched. */
const ALPHA = 0.05;

export interface CanaryObservation {
  readonly plan: CanaryPlan;
  /** Share of the traffic the canary has now, one of the plan's steps. */
  readonly percent: number;
  readonly stepStartedAt: Date;
  readonly now: Date;
  /** Outcomes of tasks decided by either version since the canary began, at all steps together. */
  readonly canary: Arm;
  readonly live: Arm;
  /** Outcomes of the canary in this step. */
  readonly outcomesInStep: number;
  /** Why the canary cannot go on: an instance that refused it, an accuracy drop. */
  readonly troubles: readonly string[];
  /** How much worse than the live version it may be; the definition's `monitoring.accuracy_drop`. */
  readonly tolerated: number;
}

export type CanaryDecision =
  | { readonly action: 'advance'; readonly percent: number; readonly reasons: readonly string[] }
  | { readonly action: 'hold'; readonly reasons: readonly string[] }
  | { readonly action: 'abort'; readonly reasons: readonly string[] };

/**
 * Whether a canary gets more of the traffic. Tasks are assigned by chance, so the two versions' failure rates compare
 * like with like. It is aborted for trouble, or once its failure rate is certainly above the live version's. It
 * advances when the step has lasted and has seen enough outcomes, and it is certain that it is not worse by more than is
 * tolerated; till then it waits, saying for what. Certain means by a confidence sequence, so one may decide after every
 * outcome.
 */
export function decideCanary(observation: CanaryObservation): CanaryDecision {
  const { plan, canary, live, tolerated, troubles } = observation;
  if (troubles.length > 0) return { action: 'abort', reasons: troubles };
  const interval = sequentialDifference(canary, live, ALPHA);
  const rates = `failure rate ${rate(canary)} against ${rate(live)}, difference in [${points(interval.low)}, ${points(interval.high)}]`;
  if (interval.low > 0) return { action: 'abort', reasons: [`It fails more often than the live version: ${rates}.`] };
  const waiting = [...unmetConditions(observation)];
  if (interval.high >= tolerated) waiting.push(`It may still be worse by more than ${points(tolerated)}: ${rates}.`);
  if (waiting.length > 0) return { action: 'hold', reasons: waiting };
  const next = plan.steps.find((step) => step > observation.percent) ?? 100;
  return { action: 'advance', percent: next, reasons: [`It is not worse than the live version: ${rates}.`] };
}

function unmetConditions({ plan, now, stepStartedAt, outcomesInStep }: CanaryObservation): string[] {
  const minutes = (now.getTime() - stepStartedAt.getTime()) / 60_000;
  const waiting: string[] = [];
  if (minutes < plan.step_minutes)
    waiting.push(`The step has lasted ${Math.floor(minutes)} of ${plan.step_minutes} minutes.`);
  if (outcomesInStep < plan.minimum_outcomes)
    waiting.push(`The step has seen ${outcomesInStep} of ${plan.minimum_outcomes} outcomes.`);
  return waiting;
}

const rate = ({ outcomes, failures }: Arm) =>
  outcomes === 0 ? 'unknown' : `${((100 * failures) / outcomes).toFixed(1)} % of ${outcomes}`;

const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)} points`;
